#include "client/cluster_answers.h"

#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kNoCluster = "-ERR This instance has cluster support disabled";

struct Shown {
  Shown() {
    house.settings.listeners.front().facade = Facade::Cluster;
    house.settings.listeners.front().announce = "10.1.2.3:6390";
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  }
  House house;
  ScriptedNode a{house.stage, "a"};
  const std::string id = facadeNodeId({"10.1.2.3", 6390});
};

std::string frame(Slice text) { return "$" + std::to_string(text.size()) + "\r\n" + std::string(text); }

}  // namespace

TEST_CASE("facade: an id is 40 hex digits, the same for one address, another for another") {
  const std::string id = facadeNodeId({"10.1.2.3", 6390});
  CHECK(id.size() == 40);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(id == facadeNodeId({"10.1.2.3", 6390}));
  CHECK(id != facadeNodeId({"10.1.2.3", 6391}));
}

TEST_CASE("facade: the proxy is the only node") {
  Shown facade;
  Peer& peer = facade.house.seat();
  const std::string id = frame(facade.id);
  const std::pair<const char*, std::string> steps[] = {
      {"CLUSTER SLOTS", "*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$8\r\n10.1.2.3\r\n:6390\r\n" + id + "\r\n*0"},
      {"cluster nodes", frame(facade.id + " 10.1.2.3:6390@16390 myself,master - 0 0 0 connected 0-16383\n")},
      {"CLUSTER SHARDS", "*1\r\n*4\r\n$5\r\nslots\r\n*2\r\n:0\r\n:16383\r\n$5\r\nnodes\r\n*1\r\n*14\r\n$2\r\nid\r\n" + id +
                             "\r\n$4\r\nport\r\n:6390\r\n$2\r\nip\r\n$8\r\n10.1.2.3\r\n$8\r\nendpoint\r\n$8\r\n10.1.2.3\r\n"
                             "$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$6\r\nonline"},
      {"CLUSTER MYID", id},
      {"CLUSTER LINKS", "*0"},
      {"CLUSTER KEYSLOT foo", ":12182"},
      {"CLUSTER REPLICAS x", "-ERR Unknown node x"},
      {"READONLY", "+OK"},
      {"READWRITE", "+OK"},
      {"ASKING", "+OK"},
      {"CLUSTER COUNTKEYSINSLOT x", "-ERR value is not an integer or out of range"},
      {"CLUSTER COUNTKEYSINSLOT 16384", "-ERR Invalid slot"},
      {"CLUSTER GETKEYSINSLOT 1 -1", "-ERR Invalid slot or number of keys"},
  };
  for (const auto& [request, answer] : steps) {
    CAPTURE(request);
    peer.ask(request);
    peer.expectLine(answer);
  }
  peer.ask("CLUSTER REPLICAS " + facade.id);
  peer.expectLine("*0");
  peer.ask("CLUSTER RESET");
  peer.expectBegin("-ERR this CLUSTER subcommand is not supported");
  facade.a.expectQuiet();
}

TEST_CASE("facade: CLUSTER INFO is ok while all slots are served") {
  Shown facade;
  Peer& peer = facade.house.seat();
  const auto expectInfo = [&](const char* state, const char* slots) {
    peer.ask("CLUSTER INFO");
    peer.expectBegin("$");
    peer.expectLine(std::string("cluster_state:") + state);
    peer.expectLine("cluster_slots_assigned:16384");
    peer.expectLine(std::string("cluster_slots_ok:") + slots);
    while (!peer.expectBegin("").starts_with("total_cluster_links_buffer_limit_exceeded:0")) {
    }
    peer.expectLine("");
  };
  expectInfo("ok", "16384");
  facade.house.know(SlotMapBuilder().master("a", facade.a.endpoint(), 0, 16382));
  expectInfo("fail", "16383");
}

TEST_CASE("facade: keys in a slot are asked of its owner") {
  Shown facade;
  ScriptedNode b(facade.house.stage, "b");
  facade.house.know(SlotMapBuilder().master("a", facade.a.endpoint(), 0, 99).master("b", b.endpoint(), 100, 16383));
  Peer& peer = facade.house.seat();
  peer.ask("CLUSTER COUNTKEYSINSLOT 99");
  facade.a.expect("CLUSTER COUNTKEYSINSLOT 99");
  facade.a.say(":5\r\n");
  peer.expectLine(":5");
  peer.ask("CLUSTER GETKEYSINSLOT 100 3");
  b.expect("CLUSTER GETKEYSINSLOT 100 3");
  b.say("*1\r\n$1\r\nk\r\n");
  peer.expect("*1\r\n$1\r\nk\r\n");
}

TEST_CASE("facade: without it a master answers for the cluster behind, and switches are refused as on one Redis") {
  House house;
  ScriptedNode a(house.stage, "a");
  Peer& peer = house.seat();
  peer.ask("CLUSTER INFO");
  peer.expectBegin("-CLUSTERDOWN");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  for (const char* request : {"CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER LINKS"}) {
    CAPTURE(request);
    peer.ask(request);
    a.expect(request);
    a.say("$1\r\nx\r\n");
    peer.expectLine("$1\r\nx");
  }
  for (const char* request : {"READONLY", "READWRITE", "ASKING"}) {
    peer.ask(request);
    peer.expectLine(kNoCluster);
  }
  peer.ask("CLUSTER KEYSLOT foo");
  peer.expectLine(":12182");
  a.expectQuiet();
}
