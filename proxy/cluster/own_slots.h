// What a node says of itself: which slots it serves and which of them it is handing over.
// Thread: any (a value). Source: https://redis.io/commands/cluster-nodes, the line flagged `myself`.
#pragma once
#include <bitset>
#include <map>
#include <string>

#include "base/result.h"
#include "base/slice.h"
#include "cluster/hash_slot.h"

namespace slotway {

struct OwnSlots {
  std::string nodeId;
  std::bitset<kHashSlots> served;
  std::map<HashSlot, std::string> handovers;  ///< slot -> id of the node that takes it over

  bool serves(HashSlot slot) const { return served.test(slot); }
  /// Serves it, and hands it to nobody: all keys of the slot are there.
  bool holds(HashSlot slot) const { return serves(slot) && !handovers.contains(slot); }
};

/// `text`: the whole of CLUSTER NODES, of which one line is read.
Result<OwnSlots> parseOwnSlots(Slice text);

}  // namespace slotway
