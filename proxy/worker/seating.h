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

  /// A client with this number sits there; until it goes it can be found.
  void seated(uint64_t clientId, size_t worker);
  void gone(uint64_t clientId);
  std::optional<size_t> workerOf(uint64_t clientId);
  /// Seats taken, at all workers together.
  uint64_t taken();
  size_t workers() const { return seated_.size(); }

 private:
  std::mutex mutex_;
  struct Seat {
    uint64_t clientId;
    size_t worker;
  };
  static constexpr size_t kNobody = SIZE_MAX;  // a seat's worker when its client has gone
  std::vector<Seat>::iterator find(uint64_t clientId);

  std::vector<uint64_t> seated_;
  std::vector<Seat> seats_;   ///< sorted; of those who have gone many are there for a while
  size_t emptySeats_ = 0;
  const uint64_t most_;
};

}  // namespace slotway
