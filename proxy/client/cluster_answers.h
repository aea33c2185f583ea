// CLUSTER and what belongs to it. On a listener that shows one Redis they tell of the cluster behind; with
// `facade: cluster` of a cluster whose only node is the proxy, so that libraries that insist on a cluster work unchanged.
// Source: Redis 7.0 cluster.c (clusterCommand, clusterGenNodeDescription, clusterReplyShards).
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

/// CLUSTER's subcommands that decisions send here.
void answerCluster(Ask& ask);
/// READONLY, READWRITE, ASKING.
void answerClusterSwitch(Ask& ask);

/// Where a client of `ask`'s kind reaches the proxy: `announce`, else the address that it connected to.
Endpoint ownEndpoint(const Ask& ask);

/// The id of the node that the proxy shows itself as: 40 hex digits, always the same for one address.
std::string facadeNodeId(const Endpoint& endpoint);

}  // namespace slotway
