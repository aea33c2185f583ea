// A limit that may be passed for a while, as the soft one of Redis's client-output-buffer-limit.
// Owner: whoever has such a limit. Thread: the worker's (pure).
#pragma once
#include <cstddef>
#include <cstdint>

namespace slotway {

class SoftLimit {
 public:
  /// `bytes` are there now. True: more than `limit` have been at each look for longer than `forMs`.
  bool passed(size_t bytes, uint64_t limit, uint64_t forMs, uint64_t nowMs) {
    if (bytes <= limit) {
      sinceMs_ = kNotBeyond;
      return false;
    }
    if (sinceMs_ == kNotBeyond) sinceMs_ = nowMs;
    return nowMs > sinceMs_ + forMs;
  }

 private:
  static constexpr uint64_t kNotBeyond = UINT64_MAX;
  uint64_t sinceMs_ = kNotBeyond;
};

}  // namespace slotway
