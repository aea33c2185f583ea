// Reads the text of CLUSTER NODES, line by line, as it stands: addresses are what the node prints, nothing is resolved.
//
//     <id> <ip:port@cport[,hostname[,aux=value]...]> <flags> <master> <ping> <pong> <epoch> <link> [<slot>...]
//
// Thread: any (pure). Source: https://redis.io/commands/cluster-nodes, "Serialization format".
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"

namespace slotway {

/// Both ends belong to it.
struct SlotRange {
  HashSlot first;
  HashSlot last;
  bool operator==(const SlotRange&) const = default;
};

struct NodesLine {
  Slice id;
  Slice ip;            ///< empty when the node does not know it
  uint16_t port = 0;   ///< 0 when not known
  Slice hostname;      ///< empty when there is none
  Role role = Role::Master;
  bool roleKnown = false;  ///< false while a handshake is under way
  bool myself = false;
  bool failed = false;     ///< `fail`: agreed by a majority
  bool suspected = false;  ///< `fail?`: this node alone thinks so
  bool handshake = false;
  bool noAddress = false;
  bool noFailover = false;
  Slice masterId;          ///< empty when there is none
  uint64_t configEpoch = 0;
  std::vector<SlotRange> slots;
  struct Handover {
    HashSlot slot;
    Slice targetId;
  };
  /// `[93->-id]`. The other side, `[93-<-id]`, is left: until the source itself says so, nothing is handed over.
  std::vector<Handover> handovers;
};

/// The slices point into `text`. An error names the line.
Result<std::vector<NodesLine>> parseNodesText(Slice text);

}  // namespace slotway
