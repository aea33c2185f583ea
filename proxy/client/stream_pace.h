// Whether a client keeps up with the large answer that is streaming to it: when that answer's link has to wait, when it may
// go on, and when the client is given up. What "waits" is bytes of answers that the client has not taken.
// Owner: its Desk. Thread: the worker's (pure).
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace slotway {

class StreamPace {
 public:
  /// How much may wait before the link does. A pause is for free while nobody else waits for the link; and who reads
  /// nothing in one may be busy with something else: such a client gets all the room there is.
  size_t bound(size_t limit, bool holdsUpOthers) const {
    return idlePauses_ > 0 || holdsUpOthers ? limit : std::min(limit, kWindow);
  }
  /// The link of the exchange with this sequence waits from now on.
  void pause(uint64_t sequence, size_t waiting, size_t bound) {
    paused_ = sequence;
    bound_ = bound;
    waitingAtPause_ = waiting;
  }
  /// The exchange whose link may go on, told once; 0: none.
  uint64_t resume(size_t waiting) { return waiting > bound_ - bound_ / 64 ? 0 : std::exchange(paused_, 0); }
  /// At the end of a pause: does this client read at all, and at least as fast as the little that each pause lets through?
  /// A socket takes bytes by the megabyte, so one pause without any proves nothing.
  bool readsOn(size_t waiting, size_t most) {
    idlePauses_ = waiting < waitingAtPause_ ? 0 : idlePauses_ + 1;
    return idlePauses_ < kIdlePauses && waiting <= most;
  }

 private:
  static constexpr size_t kWindow = 8 * 1024 * 1024;
  static constexpr unsigned kIdlePauses = 3;  ///< so many in a row are too many

  uint64_t paused_ = 0;        ///< the exchange whose link waits; 0: none
  size_t bound_ = 0;           ///< at which it began to wait
  size_t waitingAtPause_ = 0;
  unsigned idlePauses_ = 0;    ///< in a row
};

}  // namespace slotway
