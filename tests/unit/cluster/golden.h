// Replies of real nodes (Redis 7.0.15, a cluster of six), as they came: golden/<name>.nodes, .info and .slots.
//   plain             three masters, three replicas
//   migrating         slot 93 leaves the node that was asked, slot 16000 comes to it
//   hostname          cluster-preferred-endpoint-type hostname; one replica has none
//   unknown_endpoint  cluster-preferred-endpoint-type unknown-endpoint
//   ipv6              cluster-announce-ip ::1
//   failed            a master and its replica are dead, a handshake is under way
//   minority          as seen from behind a partition: cluster_state is fail
//   lone              a node of no cluster; it does not know its own address
#pragma once
#include <fstream>
#include <iterator>
#include <string>

#include "cluster/topology_view.h"

namespace slotway::test {

inline std::string golden(const std::string& file) {
  std::ifstream in(std::string(SLOTWAY_SOURCE_DIR) + "/tests/unit/cluster/golden/" + file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Replies {
  explicit Replies(const std::string& name)
      : nodes(golden(name + ".nodes")), info(golden(name + ".info")), slots(golden(name + ".slots")) {}

  TopologyReplies slices() const { return {nodes, info, slots}; }
  Result<TopologyView> parse(const AddressMap& map = {}, const Endpoint& asked = {"gate", 21901}) const {
    return parseTopology(slices(), asked, map);
  }

  std::string nodes;
  std::string info;
  std::string slots;
};

}  // namespace slotway::test
