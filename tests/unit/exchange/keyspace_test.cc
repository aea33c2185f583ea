// What is answered for the keyspace as a whole: SCAN, RANDOMKEY, and answers of all masters that are one in the end.
#include "command/node_questions.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

std::string idOf(char letter) { return std::string(40, letter); }

struct Stand {
  Stand() : a(house.stage, idOf('a')), b(house.stage, idOf('b')), peer(house.seat()) {
    house.know(SlotMapBuilder().master(a.id(), a.endpoint(), 0, 9999).master(b.id(), b.endpoint(), 10000, 16383));
  }

  static std::string holds(const ScriptedNode& node, const std::string& slots) {
    return bulk(node.id() + " 127.0.0.1:1@2 myself,master - 0 0 1 connected " + slots + "\n");
  }
  // The questions of a survey of 16 slots; `keys` is how many the node has.
  static void survey(ScriptedNode& node, int first, const std::string& slots, const std::string& keys) {
    node.expect("CLUSTER NODES");
    node.say(holds(node, slots));
    node.expect("DBSIZE");
    node.say(":" + keys + "\r\n");
    for (int slot = first; slot < first + 16; ++slot) {
      node.expect("CLUSTER COUNTKEYSINSLOT " + std::to_string(slot));
      node.say(":0\r\n");
    }
  }
  static void whole(ScriptedNode& node, const std::string& slots, const std::string& keys) {
    node.expect("SCAN 0 COUNT 20000");
    node.say("*2\r\n$1\r\n0\r\n" + keys);
    node.expect("CLUSTER NODES");
    node.say(holds(node, slots));
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("keyspace: a scan goes from node to node") {
  Stand stand;
  stand.peer.ask("SCAN 0");
  Stand::survey(stand.a, 0, "0-9999", "1");
  Stand::whole(stand.a, "0-9999", "*1\r\n" + bulk("k"));
  Stand::survey(stand.b, 10000, "10000-16383", "1");
  Stand::whole(stand.b, "10000-16383", "*1\r\n" + bulk("foo"));
  stand.peer.expect("*2\r\n" + bulk("0") + "*2\r\n" + bulk("k") + bulk("foo"));
}

TEST_CASE("keyspace: a node that does not hold the slot is not believed, the cluster is asked where it is") {
  Stand stand;
  stand.peer.ask("SCAN 2748779069440000");  // of slot 10000
  Stand::survey(stand.b, 10000, "16000-16383", "0");
  stand.b.expect("EXISTS " + ask::keyIn(10000));
  stand.b.say("-MOVED 10000 " + stand.a.endpoint().text() + "\r\n");
  stand.a.expect("EXISTS " + ask::keyIn(10000));
  stand.a.say(":0\r\n");
  Stand::survey(stand.a, 10000, "0-15999", "0");
  Stand::whole(stand.a, "0-15999", "*0\r\n");
  Stand::survey(stand.b, 16000, "16000-16383", "0");
  Stand::whole(stand.b, "16000-16383", "*0\r\n");
  stand.peer.expect("*2\r\n" + bulk("0") + "*0\r\n");
}

TEST_CASE("keyspace: what is asked behind a scan waits for it, and an error is its answer") {
  Stand stand;
  stand.peer.ask("SCAN 0 MATCH x");
  stand.peer.ask("GET k");
  stand.a.expect("CLUSTER NODES");
  stand.a.say("-NOPERM no\r\n");
  stand.a.expect("DBSIZE");
  stand.a.say(":0\r\n");
  for (int slot = 0; slot < 16; ++slot) {
    stand.a.expect("CLUSTER COUNTKEYSINSLOT " + std::to_string(slot));
    if (slot == 15) stand.a.expectQuiet();
    stand.a.say(":0\r\n");
  }
  stand.peer.expect("-NOPERM no\r\n");
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("keyspace: a link that is lost under a scan is made again") {
  Stand stand;
  stand.peer.ask("SCAN 2748779069440000");
  stand.b.expect("CLUSTER NODES");
  stand.b.say(Stand::holds(stand.b, "10000-16383"));
  stand.house.stage.pass();
  stand.b.expect("DBSIZE");
  for (int slot = 10000; slot < 10016; ++slot) stand.b.expect("CLUSTER COUNTKEYSINSLOT " + std::to_string(slot));
  stand.b.hangUp();
  stand.b.expect("DBSIZE");
  stand.b.say(":0\r\n");
  for (int slot = 10000; slot < 10016; ++slot) {
    stand.b.expect("CLUSTER COUNTKEYSINSLOT " + std::to_string(slot));
    stand.b.say(":0\r\n");
  }
  Stand::whole(stand.b, "10000-16383", "*0\r\n");
  stand.peer.expect("*2\r\n" + bulk("0") + "*0\r\n");
}

TEST_CASE("keyspace: the node that was to take a slot over leaves the cluster under a scan") {
  Stand stand;
  stand.peer.ask("SCAN 0 COUNT 1");
  Stand::survey(stand.a, 0, "0-9999 [0->-" + stand.b.id() + "]", "2000");
  stand.a.expect("CLUSTER NODES");
  stand.a.say(Stand::holds(stand.a, "0-9999 [0->-" + stand.b.id() + "]"));
  stand.b.expect("CLUSTER GETKEYSINSLOT 0 20100");
  stand.house.know(SlotMapBuilder().master(stand.a.id(), stand.a.endpoint(), 0, 16383));
  stand.b.hangUp();
  stand.b.stopListening();
  stand.a.expect("EXISTS " + ask::keyIn(0));
  stand.a.say(":0\r\n");
  Stand::survey(stand.a, 0, "0-16383", "1");
  Stand::whole(stand.a, "0-16383", "*1\r\n" + bulk("k"));
  stand.peer.expect("*2\r\n" + bulk("0") + "*1\r\n" + bulk("k"));
}

TEST_CASE("keyspace: a scan that no node answers ends at the deadline") {
  Stand stand;
  stand.peer.ask("SCAN 0");
  stand.a.expect("CLUSTER NODES");
  stand.house.passDeadlines();
  stand.peer.expectBegin("-ERR ");
  stand.peer.ask("PING");
  stand.peer.expectLine("+PONG");
}

TEST_CASE("keyspace: a random key is of a node that has keys") {
  Stand stand;
  stand.peer.ask("RANDOMKEY");
  stand.a.expect("DBSIZE");
  stand.a.say(":0\r\n");
  stand.b.expect("DBSIZE");
  stand.b.say(":3\r\n");
  stand.b.expect("RANDOMKEY");
  stand.b.say(bulk("foo"));
  stand.peer.expect(bulk("foo"));
  stand.a.expectQuiet();
}

TEST_CASE("keyspace: no random key while there is no master") {
  House house;
  SlotMapBuilder map;
  Node failed;
  failed.id = "a";
  failed.failed = true;
  map.addNode(failed);
  house.know(map);
  Peer& peer = house.seat();
  peer.ask("RANDOMKEY");
  peer.expectLine("-" + std::string(textOf(Failure::TopologyUnknown)));
}

TEST_CASE("keyspace: there is a random key while any node has one") {
  Stand stand;
  stand.peer.ask("RANDOMKEY");
  stand.a.expect("DBSIZE");
  stand.a.say(":1000000\r\n");
  stand.b.expect("DBSIZE");
  stand.b.say(":1\r\n");
  for (int asked = 0; asked < 2; ++asked) {
    stand.house.stage.until([&] { return stand.a.waiting() + stand.b.waiting() > 0; });
    ScriptedNode& drawn = stand.a.waiting() > 0 ? stand.a : stand.b;
    drawn.expect("RANDOMKEY");
    drawn.say("$-1\r\n");
  }
  stand.peer.expectLine("$-1");
  stand.peer.ask("RANDOMKEY");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("DBSIZE");
    node->say(":0\r\n");
  }
  stand.a.expect("RANDOMKEY");
  stand.a.say("$-1\r\n");
  stand.peer.expect("$-1\r\n");
}

TEST_CASE("keyspace: answers of all masters grow to a limit, then the one answer is an error") {
  Stand stand;
  stand.house.settings.limits.clientOutputBytes = 200'000;
  stand.peer.ask("KEYS *");
  const std::string name(40'000, 'x');
  std::string keys = "*6\r\n";
  for (int i = 0; i < 6; ++i) keys += bulk(name);
  stand.a.expect("KEYS *");
  stand.a.say(keys);
  stand.peer.expectBegin("-ERR the nodes have answered, with more than limits.client_output_bytes together");
  stand.b.expect("KEYS *");
  stand.b.say("*1\r\n" + bulk("late"));
  CHECK(stand.house.failures(Failure::GatherLimit) == 1);
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("keyspace: large answers within the limit become one, and one that broke off is asked for again") {
  Stand stand;
  const std::string name(50'000, 'x');
  stand.peer.ask("KEYS *");
  stand.a.expect("KEYS *");
  stand.b.expect("KEYS *");
  stand.a.say("*2\r\n" + bulk(name) + "$50000\r\n");
  stand.house.stage.pass();
  stand.a.hangUp();
  stand.b.say("*1\r\n" + bulk(name));
  stand.a.expect("KEYS *");
  stand.a.say("*2\r\n" + bulk(name) + bulk("k"));
  stand.peer.expect("*3\r\n" + bulk(name) + bulk("k") + bulk(name));
}

TEST_CASE("keyspace: what a lost master was asked is asked of the replica that takes over, and of nobody twice") {
  Stand stand;
  ScriptedNode c(stand.house.stage, "c");
  stand.house.know(SlotMapBuilder()
                       .master("a", stand.a.endpoint(), 0, 9999)
                       .master("b", stand.b.endpoint(), 10000, 16383)
                       .replica("c", c.endpoint(), "a"));
  Node lost;
  lost.id = "a";
  lost.endpoint = stand.a.endpoint();
  lost.failed = true;
  SlotMapBuilder after;
  after.addNode(lost);
  stand.peer.ask("DBSIZE");
  stand.a.expect("DBSIZE");
  stand.b.expect("DBSIZE");
  stand.b.say(":2\r\n");
  stand.a.stopListening();
  stand.a.hangUp();
  SUBCASE("a replica takes over") {
    after.master("b", stand.b.endpoint(), 10000, 16383).master("c", c.endpoint(), 0, 9999);
    stand.house.know(after);
    c.expect("DBSIZE");
    c.say(":3\r\n");
    stand.peer.expect(":5\r\n");
  }
  SUBCASE("another master is given its slots") {
    after.master("b", stand.b.endpoint(), 0, 16383).replica("c", c.endpoint(), "b");
    stand.house.know(after);
    stand.b.expectQuiet();
    stand.house.passDeadlines();
    stand.peer.expectBegin("-ERR DBSIZE: 1 of 2 parts failed, 1 succeeded: ");
  }
}
