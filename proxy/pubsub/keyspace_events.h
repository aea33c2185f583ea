// Keyspace events ("__keyspace@0__:<key>" says what happened, "__keyevent@0__:<event>" to which key) are told by the node
// where they happen and nowhere else, so they are taken from all masters. But what a client publishes under such a name
// reaches all masters and comes from each.
//
//     from the owner of the key's slot, or the node that is taking it over: passed on, remembered for a moment
//     from another node: the same has just come from the owner, and not yet from this one? an echo of something published:
//                        dropped; one for each time
//                        else held for a moment: it comes from the owner yet? dropped
//                                                it does not? the slot has moved and we did not know: passed on
//
// Owner: a Hub has one EchoFilter. Thread: the worker's (pure).
// Source: Redis documentation, "Redis keyspace notifications".
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/slice.h"

namespace slotway {

/// Can a message on this channel be an event of a node?
bool isKeyspaceChannel(Slice channel);
/// May the pattern match such a channel?
bool mayMatchKeyspaceChannel(Slice pattern);
/// The key that such a message is about. `channel` is one.
Slice keyOfEvent(Slice channel, Slice payload);

class EchoFilter {
 public:
  static constexpr uint64_t kMemoryUs = 250 * 1000;
  static constexpr uint64_t kHoldUs = 100 * 1000;

  /// From the owner of the key's slot: goes on.
  void fromOwner(Slice frame, uint64_t nowUs);
  enum class Fate : uint8_t { Kept, PassOn };
  /// From another node, `from`: kept back, or dropped. PassOn: so many are held that this one had better go on.
  Fate fromOther(Slice frame, const void* from, uint64_t nowUs);
  /// Calls `pass` for those that have been held for long enough.
  void release(uint64_t nowUs, const std::function<void(Slice frame)>& pass);
  bool empty() const { return held_.empty(); }

 private:
  /// From the owner, not long ago.
  struct Said {
    size_t hash;
    uint64_t atUs;
    std::vector<const void*> by;  ///< the other nodes that have said it, too
  };
  struct Held {
    size_t hash;
    std::vector<const void*> by;
    uint64_t dueUs;
    std::string frame;
  };
  static constexpr size_t kRemembered = 4096;
  static constexpr size_t kMostHeld = 1024;

  std::deque<Said> said_;    ///< by time
  std::vector<Held> held_;   ///< by time
};

}  // namespace slotway
