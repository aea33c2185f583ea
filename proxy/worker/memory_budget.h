// What all workers hold together: requests, answers and messages that are on their way. Each worker says what its own are,
// and whoever has come to hold more looks at the sum; nobody waits for anybody. The process must not grow by more than the
// limit: what is left of it is the allocator's, which cannot use all that lies between blocks.
// Owner: Control. Thread: tell() the worker of that number, the rest any.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slotway {

class MemoryBudget {
 public:
  /// What clients may do.
  enum class Level : uint8_t {
    Free,
    Scarce,   ///< more than half of it is in use: who holds much is not read from
    Used,     ///< more than five eighths are: nobody is, and who holds most goes
  };

  MemoryBudget(size_t workers, uint64_t limit) : held_(workers), limit_(static_cast<int64_t>(limit)) {}

  /// Bytes that were made by one worker and are given back by another count below 0 there.
  void tell(size_t worker, int64_t bytes) { held_[worker].bytes.store(bytes, std::memory_order_relaxed); }
  int64_t total() const {
    int64_t total = 0;
    for (const Held& held : held_) total += held.bytes.load(std::memory_order_relaxed);
    return total;
  }
  /// Scarce ends at three eighths, so that it does not come and go.
  Level level(Level before) const {
    const int64_t held = total();
    if (held > limit_ / 8 * 5) return Level::Used;
    return held > (before == Level::Free ? limit_ / 2 : limit_ / 8 * 3) ? Level::Scarce : Level::Free;
  }
  int64_t limit() const { return limit_; }

 private:
  struct alignas(64) Held {
    std::atomic<int64_t> bytes{0};
  };
  std::vector<Held> held_;
  const int64_t limit_;
};

}  // namespace slotway
