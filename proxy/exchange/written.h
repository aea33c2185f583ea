// To which masters a client's writes have gone: what those who wait for the writes to be replicated have to ask.
//
//     Exchange::send() --the link's mark--> Written (one word in the client's session) --WAIT--> those masters are asked
//     a master is one no more, or a connection to it is lost --lose()--> nobody knows what became of these writes: none
//
// Owner: Written: the client's Session; MasterMarks: a Router. Thread: the worker's.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/slot_map.h"

namespace slotway {

class Written {
 public:
  void note(uint64_t mark) { untold_ |= mark; }
  /// Nobody can say what became of writes to the masters with these marks.
  void lose(uint64_t marks) {
    if ((untold_ & marks) != 0) untold_ = (untold_ & ~marks) | kLost;
  }
  /// The fate of some writes is unknown.
  bool anyLost() const { return (untold_ & kLost) != 0; }
  /// Of all masters written to.
  uint64_t marks() const { return (untold_ & ~kLost) | told_; }
  /// The client has been told what became of them, lost ones included.
  void tell() {
    told_ = marks();
    untold_ = 0;
  }

 private:
  friend class MasterMarks;
  static constexpr uint64_t kLost = uint64_t{1} << 63;

  uint64_t untold_ = 0;
  uint64_t told_ = 0;
};

/// The marks of the masters of a map: one bit each. A master keeps its mark as long as it is one. Where there are more than
/// 63, some share a mark: then more is asked than need be.
class MasterMarks {
 public:
  /// `masters` are indices into `map`. Returns the marks of those that are masters no more.
  uint64_t adopt(const SlotMap& map, std::span<const NodeIndex> masters);
  /// By NodeIndex; 0 for who is no master.
  std::span<const uint64_t> all() const { return marks_; }
  uint64_t of(NodeIndex node) const { return marks_[node]; }

 private:
  static constexpr int kMarks = 63;
  uint64_t leastUsed() const;

  std::unordered_map<std::string, uint64_t> byId_;
  std::vector<uint64_t> marks_;
};

}  // namespace slotway
