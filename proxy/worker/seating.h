// Shares clients out evenly over the workers, and knows when the house is full. Used when a client comes and when it
// goes, or asks how many there are, never on the data path, so a lock is what it is.
// Owner: Control. Thread: any.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace slotway {

class Seating {
 public:
  Seating(size_t workers, uint64_t most) : seated_(workers, 0), most_(most) {}

  /// A seat at the worker with the fewest clients; nothing when there are `most` already.
  std::optional<size_t> take();
  void leave(size_t worker);
  /// Seats taken, at all workers together.
  uint64_t taken();
  size_t workers() const { return seated_.size(); }

 private:
  std::mutex mutex_;
  std::vector<uint64_t> seated_;
  const uint64_t most_;
};

}  // namespace slotway
