// Tells the log what requests ran into, by class and code, without a line per request: once a second at most, with how
// many there were since. It reads the cells that count them, so the data path knows nothing of it.
// Owner: the Worker. Thread: the worker's.
#pragma once
#include <array>
#include <cstdint>

#include "metrics/cells.h"

namespace slotway {

class TroubleLog {
 public:
  TroubleLog(size_t worker, const Cells& cells) : worker_(worker), cells_(cells) {}

  /// On every tick of the worker; does something once a second.
  void tick(uint64_t nowMs);

 private:
  using Seen = std::array<uint64_t, Cells::kLabels>;
  void tell(Counter counter, Seen& seen, const char* event);

  const size_t worker_;
  const Cells& cells_;
  uint64_t dueMs_ = 0;
  Seen redirects_{};
  Seen failures_{};
};

}  // namespace slotway
