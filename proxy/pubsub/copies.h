// A message of a shard channel reaches all nodes of a shard, sooner or later: whoever goes on from one of them to another
// may be told by the second what the first has told already. Here is remembered for a moment what was passed on, so that
// such copies are known, one for each.
//
//     old master says x; it is replaced; we go on at the new one, to which x comes late; it says x: a copy
//
// Owner: a Hub has one. Thread: the worker's (pure).
// Source: cluster.c of Redis 7.0 sends such a message from node to node over the bus, where the kernel may keep a small
// packet back until the one before it has been acknowledged: for 40 ms, usually.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/slice.h"

namespace slotway {

class Copies {
 public:
  static constexpr uint64_t kMemoryUs = 250 * 1000;

  /// Passed on as `from` said it.
  void remember(Slice frame, const void* from, uint64_t nowUs);
  /// The same has been passed on a moment ago, as another than `from` said it. It is forgotten by that.
  bool copied(Slice frame, const void* from, uint64_t nowUs);
  void forgetOld(uint64_t nowUs);

 private:
  struct Said {
    size_t hash;
    const void* from;
    uint64_t atUs;
  };
  static constexpr size_t kRemembered = 16384;

  std::deque<Said> said_;  ///< by time
};

}  // namespace slotway
