// Calls a function later, once or again and again.
// Owner: whoever needs it. Thread: the loop's.
#pragma once
#include <cstdint>
#include <functional>

#include "uv/loop.h"

namespace slotway {

class Timer {
 public:
  Timer(Loop& loop, std::function<void()> onFire);

  /// (Re)starts it: fires after `delayMs`, then every `repeatMs` (0: never again).
  void start(uint64_t delayMs, uint64_t repeatMs = 0);
  void stop();
  bool active() const;

 private:
  void onTimeout();

  HandlePtr<uv_timer_t> handle_;
  std::function<void()> onFire_;
};

}  // namespace slotway
