// How many connections a worker has to each node, and how soon it may make another one that it does not share: a node that
// is back must not be overrun by all who have waited for it, behind this proxy and behind others.
//
// Owner: a Router; its LinkPools count here. Thread: the worker's.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>

#include "cluster/node.h"
#include "settings/settings.h"

namespace slotway {

class NodeConnections {
 public:
  explicit NodeConnections(const Settings& settings) : settings_(settings) {}

  void came(const Endpoint& node) { ++nodes_[node.text()].links; }
  void left(const Endpoint& node);
  /// It has as many as this worker may have (limits.node_connections). Those that all share are made all the same.
  bool full(const Endpoint& node) const;
  /// Another one has to wait for so long; 0: not at all (limits.node_connects_per_second). It counts from here on.
  uint64_t waitMs(const Endpoint& node, uint64_t nowUs);

 private:
  struct Node {
    uint64_t links = 0;
    uint64_t nextUs = 0;  ///< when the next one would be due if they came evenly
  };
  uint64_t share(uint64_t ofAll) const;

  const Settings& settings_;
  std::unordered_map<std::string, Node> nodes_;  ///< by "host:port"
};

}  // namespace slotway
