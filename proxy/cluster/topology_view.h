// The cluster as one node sees it, made of that node's own replies. It may be stale, partitioned or wrong: what becomes
// of it is decided in view_merge.h.
//
//     CLUSTER NODES  nodes, roles, slots, config epochs, migrations --+
//     CLUSTER INFO   cluster_state, cluster_current_epoch ------------+--> TopologyView
//     CLUSTER SLOTS  how each node wants to be reached ---------------+
//
// Owner: the topology keeper, until merged. Thread: any (a value).
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/slice.h"
#include "cluster/address_map.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"
#include "cluster/nodes_text.h"

namespace slotway {

/// Four times what the cluster specification thinks of; more is not a cluster but a fault.
inline constexpr size_t kMaxViewNodes = 4096;

struct ViewNode {
  Node node;  ///< its endpoint as preferred by the cluster, then translated by address_map
  bool myself = false;
  bool suspected = false;   ///< `fail?`
  bool noFailover = false;
  std::vector<SlotRange> slots;
};

/// The source, always the node that was asked, is handing `slot` over.
struct ViewMigration {
  HashSlot slot;
  std::string targetId;
};

struct TopologyView {
  /// As the node lists them, without those in handshake and those whose address it does not know.
  std::vector<ViewNode> nodes;
  std::vector<ViewMigration> migrations;
  std::string myId;
  bool clusterOk = false;
  uint64_t currentEpoch = 0;
};

struct TopologyReplies {
  Slice nodes;  ///< CLUSTER NODES, the text inside the bulk
  Slice info;   ///< CLUSTER INFO, the text inside the bulk
  Slice slots;  ///< CLUSTER SLOTS, the whole RESP2 reply
};

/// `asked` is where the replies come from: its host stands in where the cluster says "the host that you asked".
/// Errors: what cannot be read, no or two lines of `myself`, an id twice, a slot with two owners or owned by a replica,
/// more than kMaxViewNodes nodes.
/// Source: Redis cluster specification; redis.conf, cluster-preferred-endpoint-type.
Result<TopologyView> parseTopology(const TopologyReplies& replies, const Endpoint& asked, const AddressMap& addressMap);

}  // namespace slotway
