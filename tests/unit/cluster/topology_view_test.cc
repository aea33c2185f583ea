#include "cluster/topology_view.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cluster/golden.h"

using namespace slotway;
using test::Replies;

namespace {

const std::string kId1 = "2fa1c59fff347381bfb998c4e649b4a8998c4f64";
const std::string kId2 = "8ec07f2f487e839e516a34fd1e615c85d4a7b199";
const std::string kId3 = "e8235996417342d8d502bf380cb281c3774f3538";
const std::string kId4 = "1bbec35deb37d113f40cab09fa8e5e7f61535506";
const std::string kId5 = "1f95ac0506c8cba4a58ee01d8c9da7fcfd7d47c0";
const std::string kId6 = "76c2b112a9e1ca69114bed817a90257b4a90fd96";
const std::string kIds[] = {kId1, kId2, kId3, kId4, kId5, kId6};

const std::string kInfo = "cluster_state:ok\r\ncluster_current_epoch:6\r\n";
const std::string kNoSlots = "*0\r\n";

const ViewNode& nodeOf(const TopologyView& view, const std::string& id) {
  const auto found = std::find_if(view.nodes.begin(), view.nodes.end(),
                                  [&id](const ViewNode& each) { return each.node.id == id; });
  REQUIRE(found != view.nodes.end());
  return *found;
}

std::string hosts(const TopologyView& view) {
  std::string all;
  for (const std::string& id : kIds) all += nodeOf(view, id).node.endpoint.text() + " ";
  return all;
}

std::string errorOf(const std::string& nodes, const std::string& info, const std::string& slots) {
  const Result<TopologyView> view = parseTopology({nodes, info, slots}, {"gate", 7000}, {});
  return view ? "" : view.error();
}

std::string lineError(const std::string& line) { return errorOf(line, kInfo, kNoSlots); }

}  // namespace

TEST_CASE("topology view: a cluster of six") {
  Result<TopologyView> parsed = Replies("plain").parse();
  REQUIRE(parsed);
  const TopologyView& view = *parsed;
  CHECK(view.clusterOk);
  CHECK(view.currentEpoch == 6);
  CHECK(view.myId == kId1);
  CHECK(view.migrations.empty());
  CHECK(view.nodes.size() == 6);
  CHECK(hosts(view) ==
        "127.0.0.1:21901 127.0.0.1:21902 127.0.0.1:21903 127.0.0.1:21904 127.0.0.1:21905 127.0.0.1:21906 ");

  struct Row {
    std::string id;
    Role role;
    std::string masterId;
    uint64_t configEpoch;
    std::vector<SlotRange> slots;
  };
  const Row rows[] = {
      {kId1, Role::Master, "", 1, {{0, 5460}}},      {kId2, Role::Master, "", 2, {{5461, 10922}}},
      {kId3, Role::Master, "", 3, {{10923, 16383}}}, {kId4, Role::Replica, kId1, 1, {}},
      {kId5, Role::Replica, kId2, 2, {}},            {kId6, Role::Replica, kId3, 3, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.id);
    const ViewNode& node = nodeOf(view, row.id);
    CHECK(node.node.role == row.role);
    CHECK(node.node.masterId == row.masterId);
    CHECK(node.node.configEpoch == row.configEpoch);
    CHECK(node.slots == row.slots);
    CHECK(node.myself == (row.id == kId1));
    CHECK_FALSE(node.node.failed);
    CHECK_FALSE(node.suspected);
  }
}

TEST_CASE("topology view: only the source's side of a migration counts") {
  Result<TopologyView> view = Replies("migrating").parse();
  REQUIRE(view);
  REQUIRE(view->migrations.size() == 1);
  CHECK(view->migrations[0].slot == 93);
  CHECK(view->migrations[0].targetId == kId2);
  CHECK(nodeOf(*view, kId1).slots == std::vector<SlotRange>{{0, 5460}});
}

TEST_CASE("topology view: where the cluster wants its nodes to be reached") {
  struct Row {
    std::string name;
    std::string hosts;
  };
  const Row rows[] = {
      {"hostname",
       "host-1.example.com:21901 host-2.example.com:21902 host-3.example.com:21903 127.0.0.1:21904 "
       "host-5.example.com:21905 host-6.example.com:21906 "},
      {"unknown_endpoint", "gate:21901 gate:21902 gate:21903 gate:21904 gate:21905 gate:21906 "},
      {"ipv6", "[::1]:21901 [::1]:21902 [::1]:21903 [::1]:21904 [::1]:21905 [::1]:21906 "},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Result<TopologyView> view = Replies(row.name).parse();
    REQUIRE(view);
    CHECK(hosts(*view) == row.hosts);
  }
}

TEST_CASE("topology view: nodes that serve no slot prefer what the others do") {
  const std::string spare = "spare 10.0.0.9:7009@17009,spare.example.com master - 0 0 9 connected\n";
  struct Row {
    std::string name;
    Endpoint endpoint;
  };
  const Row rows[] = {
      {"plain", {"10.0.0.9", 7009}},
      {"hostname", {"spare.example.com", 7009}},
      {"unknown_endpoint", {"gate", 7009}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Replies replies(row.name);
    replies.nodes += spare;
    Result<TopologyView> view = replies.parse();
    REQUIRE(view);
    CHECK(nodeOf(*view, "spare").node.endpoint == row.endpoint);
  }
}

TEST_CASE("topology view: announced addresses are translated last") {
  Result<TopologyView> plain = Replies("plain").parse({{"127.0.0.1:21902", "forward:1"}, {"127.0.0.1", "10.0.0.1"}});
  REQUIRE(plain);
  CHECK(nodeOf(*plain, kId1).node.endpoint == Endpoint{"10.0.0.1", 21901});
  CHECK(nodeOf(*plain, kId2).node.endpoint == Endpoint{"forward", 1});
  Result<TopologyView> named = Replies("hostname").parse({{"host-1.example.com", "10.0.0.1"}});
  REQUIRE(named);
  CHECK(nodeOf(*named, kId1).node.endpoint == Endpoint{"10.0.0.1", 21901});
  CHECK(nodeOf(*named, kId2).node.endpoint == Endpoint{"host-2.example.com", 21902});
}

TEST_CASE("topology view: dead nodes keep their slots, a handshake is left out") {
  Result<TopologyView> view = Replies("failed").parse();
  REQUIRE(view);
  CHECK(view->clusterOk);
  CHECK(view->nodes.size() == 6);
  CHECK(nodeOf(*view, kId3).node.failed);
  CHECK(nodeOf(*view, kId3).slots == std::vector<SlotRange>{{10923, 16383}});
  CHECK(nodeOf(*view, kId6).node.failed);
  CHECK_FALSE(nodeOf(*view, kId2).node.failed);

  Result<TopologyView> minority = Replies("minority").parse();
  REQUIRE(minority);
  CHECK_FALSE(minority->clusterOk);
  CHECK(nodeOf(*minority, kId2).suspected);
  CHECK_FALSE(nodeOf(*minority, kId2).node.failed);
}

TEST_CASE("topology view: a node that does not know its address is where it was asked") {
  Result<TopologyView> view = Replies("lone").parse();
  REQUIRE(view);
  REQUIRE(view->nodes.size() == 1);
  CHECK(view->nodes[0].node.endpoint == Endpoint{"gate", 21907});
  const std::string line = "a :0@0 myself,master - 0 0 5 connected";
  Result<TopologyView> portless = parseTopology({line, kInfo, kNoSlots}, {"gate", 7}, {});
  REQUIRE(portless);
  CHECK(portless->nodes[0].node.endpoint == Endpoint{"gate", 7});
  CHECK_FALSE(view->clusterOk);
}

TEST_CASE("topology view: lines of other versions and of nodes in every state") {
  const std::string nodes =
      "a 10.0.0.1:7000@17000,,tls-port=0,shard-id=69bc myself,master,nofailover - 0 0 5 connected 0 7-9 16383\n"
      "b 10.0.0.2:7000 slave,fail? a 0 0 5 disconnected\r\n"
      "c :0@0 slave,noaddr a 0 0 5 disconnected\n"
      "c2 10.0.0.3:7000@17000 slave,noaddr a 0 0 5 disconnected\n"
      "d 10.0.0.4:7000@17000 handshake - 0 0 0 connected\n"
      "d2 10.0.0.4:7001@17001 master,handshake - 0 0 0 connected\n"
      "e 10.0.0.5:7000@17000 noflags - 0 0 0 connected\n"
      "f :7000@17000 master - 0 0 0 connected\n"
      "g 2001:db8::7:7000@17000,g.example.com,shard-id=1 master,newflag - 0 0 6 connected [1-<-a]\n"
      "\n";
  Result<TopologyView> view = parseTopology({nodes, kInfo, kNoSlots}, {"gate", 7000}, {});
  REQUIRE(view);
  REQUIRE(view->nodes.size() == 3);
  CHECK(nodeOf(*view, "a").noFailover);
  CHECK(nodeOf(*view, "a").slots == std::vector<SlotRange>{{0, 0}, {7, 9}, {16383, 16383}});
  CHECK(nodeOf(*view, "b").suspected);
  CHECK(nodeOf(*view, "g").node.endpoint == Endpoint{"2001:db8::7", 7000});
}

TEST_CASE("topology view: CLUSTER NODES that cannot be true") {
  const std::string head = "a 10.0.0.1:7000@17000 myself,master - 0 0 5 connected ";
  CHECK(lineError(head + "0-16383 [93->-b] [94-<-b]") == "");
  struct Row {
    std::string text;
    std::string error;
  };
  const Row rows[] = {
      {"", "one line must be of the node itself"},
      {"? 10.0.0.1:7000@17000 myself,master - 0 0 5 connected", "line 1: the id cannot be read"},
      {"a", "line 1: the address cannot be read"},
      {"a 10.0.0.1 myself,master - 0 0 5 connected", "line 1: the address cannot be read"},
      {"a 10.0.0.1:x@17000 myself,master - 0 0 5 connected", "line 1: the address cannot be read"},
      {"a 10.0.0.1:70000@17000 myself,master - 0 0 5 connected", "line 1: the address cannot be read"},
      {"a a:b:7000@17000 myself,master - 0 0 5 connected", "line 1: the address cannot be read"},
      {"a 10.0.0.1:7000@17000", "line 1: the flags cannot be read"},
      {"a 10.0.0.1:7000@17000 myself,slave ? 0 0 5 connected", "line 1: the master cannot be read"},
      {"a 10.0.0.1:7000@17000 myself,master - 0 0 -5 connected", "line 1: the config epoch cannot be read"},
      {"a 10.0.0.1:7000@17000 myself,master - 0 0 99999999999999999999 connected",
       "line 1: the config epoch cannot be read"},
      {"a 10.0.0.1:7000@17000 myself,master - 0 0 5", "line 1: the link state cannot be read"},
      {head + "16384", "line 1: the slots cannot be read"},
      {head + "5-4", "line 1: the slots cannot be read"},
      {head + "5-", "line 1: the slots cannot be read"},
      {head + "-5", "line 1: the slots cannot be read"},
      {head + "1-2-3", "line 1: the slots cannot be read"},
      {head + "x", "line 1: the slots cannot be read"},
      {head + "[", "line 1: the slots cannot be read"},
      {head + "[93->-b", "line 1: the slots cannot be read"},
      {head + "[93->-]", "line 1: the slots cannot be read"},
      {head + "[93--b]", "line 1: the slots cannot be read"},
      {head + "[16384->-b]", "line 1: the slots cannot be read"},
      {head + "\nb\n", "line 2: the address cannot be read"},
      {head + "1-3 3", "slot 3 has two owners"},
      {head + "1-3\nb 10.0.0.2:7000@1 master - 0 0 6 connected 2", "slot 2 has two owners"},
      {head + "\na 10.0.0.2:7000@1 master - 0 0 6 connected", "node a is listed twice"},
      {head + "\nb 10.0.0.2:7000@1 myself,master - 0 0 6 connected", "one line must be of the node itself"},
      {head + "\nb 10.0.0.2:7000@1 slave a 0 0 6 connected 7", "replica b owns slots"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(lineError(row.text) == "CLUSTER NODES: " + row.error);
  }

  std::string many = head + "\n";
  for (size_t number = 0; number < kMaxViewNodes; ++number) {
    many += "n" + std::to_string(number) + " 10.0.0.1:7000@1 master - 0 0 0 connected\n";
  }
  CHECK(lineError(many) == "CLUSTER NODES: there are too many nodes");
}

TEST_CASE("topology view: CLUSTER INFO must say the state and the epoch") {
  const std::string nodes = Replies("plain").nodes;
  CHECK(errorOf(nodes, kInfo, kNoSlots) == "");
  CHECK(errorOf(nodes, "cluster_current_epoch:18446744073709551615\ncluster_state:fail", kNoSlots) == "");
  struct Row {
    std::string info;
    std::string field;
  };
  const Row rows[] = {
      {"", "cluster_state"},
      {"cluster_state:", "cluster_state"},
      {"cluster_state:maybe\r\ncluster_current_epoch:6\r\n", "cluster_state"},
      {"my_cluster_state:ok\r\ncluster_current_epoch:6\r\n", "cluster_state"},
      {"cluster_state:ok\r\n", "cluster_current_epoch"},
      {"cluster_state:ok\r\ncluster_current_epoch:-1\r\n", "cluster_current_epoch"},
      {"cluster_state:ok\r\ncluster_current_epoch:18446744073709551616\r\n", "cluster_current_epoch"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.info);
    CHECK(errorOf(nodes, row.info, kNoSlots) == "CLUSTER INFO: " + row.field + " cannot be read");
  }
}

TEST_CASE("topology view: CLUSTER SLOTS, cut anywhere, is an error and nothing worse") {
  const Replies replies("hostname");
  for (size_t length = 0; length < replies.slots.size(); ++length) {
    CAPTURE(length);
    CHECK(errorOf(replies.nodes, replies.info, replies.slots.substr(0, length)).starts_with("CLUSTER SLOTS: "));
  }
  CHECK(errorOf(replies.nodes, replies.info, replies.slots) == "");
}

TEST_CASE("topology view: CLUSTER SLOTS that cannot be true") {
  const std::string nodes = Replies("plain").nodes;
  const std::string entry = "CLUSTER SLOTS: entry 1 cannot be read";
  struct Row {
    std::string slots;
    std::string error;
  };
  const Row rows[] = {
      {"-ERR no\r\n", "CLUSTER SLOTS: the node answered: ERR no"},
      {"$2\r\nab\r\n", "CLUSTER SLOTS: an array is expected"},
      {"*-1\r\n", "CLUSTER SLOTS: an array is expected"},
      {"*0\r\n+OK\r\n", "CLUSTER SLOTS: there are bytes behind the reply"},
      {"*9223372036854775807\r\n", entry},
      {"*1\r\n*1\r\n:0\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\na\r\n:65536\r\n$1\r\nb\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\na\r\n:-1\r\n$1\r\nb\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$3\r\na b\r\n:1\r\n$1\r\nb\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n:7\r\n:1\r\n$1\r\nb\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*3\r\n$1\r\na\r\n:1\r\n:7\r\n", entry},
      {"*1\r\n*3\r\n:0\r\n:1\r\n*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*9223372036854775807\r\n", entry},
  };
  for (const Row& row : rows) {
    CAPTURE(row.slots);
    CHECK(errorOf(nodes, kInfo, row.slots) == row.error);
  }
}
