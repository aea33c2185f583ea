#include "client/cluster_answers.h"

#include <cstdio>

#include "resp/writer.h"
#include "uv/address.h"

namespace slotway {
namespace {

constexpr Slice kNoCluster = "ERR This instance has cluster support disabled";
constexpr uint16_t kBusOffset = 10000;  // of the port that nodes speak to each other on

void info(Ask& ask) {
  const uint32_t covered = ask.router().ready() ? ask.router().map().coveredSlots() : 0;
  const uint64_t epoch = ask.router().ready() ? ask.router().map().epoch() : 0;
  const std::string slots = std::to_string(covered);
  const std::string known = std::to_string(epoch);
  ask.text(std::string("cluster_state:") + (covered == kHashSlots ? "ok" : "fail") +
           "\r\ncluster_slots_assigned:16384\r\ncluster_slots_ok:" + slots +
           "\r\ncluster_slots_pfail:0\r\ncluster_slots_fail:" + std::to_string(kHashSlots - covered) +
           "\r\ncluster_known_nodes:1\r\ncluster_size:1\r\ncluster_current_epoch:" + known +
           "\r\ncluster_my_epoch:" + known +
           "\r\ncluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n"
           "total_cluster_links_buffer_limit_exceeded:0\r\n");
}

void nodes(Ask& ask) {
  const Endpoint own = ownEndpoint(ask);
  const uint64_t epoch = ask.router().ready() ? ask.router().map().epoch() : 0;
  const int bus = own.port > UINT16_MAX - kBusOffset ? own.port : own.port + kBusOffset;
  ask.text(facadeNodeId(own) + " " + own.host + ":" + std::to_string(own.port) + "@" + std::to_string(bus) +
           " myself,master - 0 0 " + std::to_string(epoch) + " connected 0-16383\n");
}

void slots(Ask& ask) {
  const Endpoint own = ownEndpoint(ask);
  resp::arrayHeader(ask.out, 1);
  resp::arrayHeader(ask.out, 3);
  resp::integer(ask.out, 0);
  resp::integer(ask.out, kHashSlots - 1);
  resp::arrayHeader(ask.out, 4);
  resp::bulk(ask.out, own.host);
  resp::integer(ask.out, own.port);
  resp::bulk(ask.out, facadeNodeId(own));
  ask.map(0);
}

void shards(Ask& ask) {
  const Endpoint own = ownEndpoint(ask);
  const auto field = [&ask](Slice name, Slice value) {
    resp::bulk(ask.out, name);
    resp::bulk(ask.out, value);
  };
  const auto number = [&ask](Slice name, int64_t value) {
    resp::bulk(ask.out, name);
    resp::integer(ask.out, value);
  };
  resp::arrayHeader(ask.out, 1);
  ask.map(2);
  resp::bulk(ask.out, "slots");
  resp::arrayHeader(ask.out, 2);
  resp::integer(ask.out, 0);
  resp::integer(ask.out, kHashSlots - 1);
  resp::bulk(ask.out, "nodes");
  resp::arrayHeader(ask.out, 1);
  ask.map(7);
  field("id", facadeNodeId(own));
  number("port", own.port);
  field("ip", own.host);
  field("endpoint", own.host);
  field("role", "master");
  number("replication-offset", 0);
  field("health", "online");
}

void myId(Ask& ask) { resp::bulk(ask.out, facadeNodeId(ownEndpoint(ask))); }

void none(Ask& ask) { resp::arrayHeader(ask.out, 0); }

// REPLICAS, and SLAVES as it was called.
void replicas(Ask& ask) {
  if (ask.args[2] == facadeNodeId(ownEndpoint(ask))) return none(ask);
  ask.error("ERR Unknown node " + std::string(ask.args[2]));
}

void keySlot(Ask& ask) { resp::integer(ask.out, hashSlot(ask.args[2])); }

// Asked of the slot's owner. What a slot that is being handed over has at its target already is not counted.
void keysInSlot(Ask& ask) {
  int64_t slot = 0;
  int64_t most = 0;
  const bool listed = ask.args.size() > 3;
  if (!readInteger(ask.args[2], slot) || (listed && !readInteger(ask.args[3], most))) return ask.error(kNoInteger);
  if (slot < 0 || slot >= kHashSlots || most < 0) {
    return ask.error(listed ? "ERR Invalid slot or number of keys" : "ERR Invalid slot");
  }
  ask.forwardTo(static_cast<HashSlot>(slot));
}

struct Row {
  Slice word;
  void (*facade)(Ask&);
  bool always;  ///< also where the proxy shows one Redis; else a master answers for the cluster behind
};

constexpr Row kRows[] = {
    {"info", info, false},       {"nodes", nodes, false},       {"slots", slots, false},
    {"shards", shards, false},   {"myid", myId, false},         {"links", none, false},
    {"replicas", replicas, false}, {"slaves", replicas, false}, {"keyslot", keySlot, true},
    {"countkeysinslot", keysInSlot, true}, {"getkeysinslot", keysInSlot, true},
};

}  // namespace

void answerCluster(Ask& ask) {
  for (const Row& row : kRows) {
    if (!sameWord(row.word, ask.args[1])) continue;
    return row.always || ask.facesCluster() ? row.facade(ask) : ask.forward();
  }
}

void answerClusterSwitch(Ask& ask) { ask.facesCluster() ? ask.ok() : ask.error(kNoCluster); }

Endpoint ownEndpoint(const Ask& ask) {
  const std::string& announced = ask.listener().announce;
  Result<Endpoint> own = parseEndpoint(announced.empty() ? Address::ofSelf(ask.fd()).text() : announced);
  return own.ok() ? *own : Endpoint{};
}

std::string facadeNodeId(const Endpoint& endpoint) {
  constexpr uint64_t kSeeds[] = {0xcbf29ce484222325u, 0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu};
  std::string id;
  for (const uint64_t seed : kSeeds) {
    char digits[17];
    std::snprintf(digits, sizeof digits, "%016lx", static_cast<unsigned long>(fnv1a(endpoint.text(), seed)));
    id += digits;
  }
  id.resize(40);
  return id;
}

}  // namespace slotway
