// A script that takes long: those who are not behind it already hear that the node is busy, and it can be killed.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr Slice kBusy =
    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
constexpr Slice kNotBusy = "-NOTBUSY No scripts in execution right now.\r\n";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    house.settings.timeouts.busyAfterMs = 1;
    SlotMapBuilder map;
    house.know(map.master("a", a.endpoint()).master("b", b.endpoint()).slots("b", 0, 8191).slots("a", 8192, 16383));
    peer.ask("EVAL loop 1 k");
    b.expect("EVAL loop 1 k");
  }
  /// Ticks until the node has a fresh link.
  void waitForFreshLink() {
    b.answersGreeting = false;
    const size_t before = b.connections();
    REQUIRE(house.stage.until([&] {
      house.router().checkStalled();
      return b.connections() > before;
    }));
  }
  void greetBusy() {
    b.expect("CLUSTER MYID");
    b.expect("CLIENT SETNAME slotway");
    b.say(std::string(kBusy) + std::string(kBusy));
  }
  void tick() {
    house.stage.pass();
    house.router().checkStalled();
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;  ///< owns k
  Peer& peer;
};

}  // namespace

TEST_CASE("busy: who comes later asks the node over a fresh link") {
  Stand stand;
  Peer& other = stand.house.seat();
  stand.waitForFreshLink();
  stand.greetBusy();
  other.ask("SET {k}2 v");
  stand.b.expect("SET {k}2 v");
  stand.b.say(kBusy);
  other.expect(kBusy);
  stand.peer.expectQuiet();
}

TEST_CASE("busy: who waits behind the script is told if it only reads, and else waits for its outcome") {
  Stand stand;
  Peer& reader = stand.house.seat();
  Peer& writer = stand.house.seat();
  Peer& both = stand.house.seat();
  reader.ask("GET {k}2");
  stand.b.expect("GET {k}2");
  writer.ask("INCR {k}3");
  stand.b.expect("INCR {k}3");
  both.ask("MGET {k}2 a");
  stand.a.expect("MGET a");
  stand.b.expect("MGET {k}2");
  stand.waitForFreshLink();
  stand.greetBusy();
  stand.tick();
  stand.tick();
  reader.expect(kBusy);
  both.expectQuiet();
  stand.a.say("*1\r\n" + bulk("v"));
  stand.house.stage.pass();
  stand.tick();
  stand.tick();
  both.expectBegin("-BUSY MGET: 1 of 2 parts failed, 1 succeeded: BUSY Redis is busy");
  writer.expectQuiet();
  stand.peer.expectQuiet();
  // The script ends: the late replies of reads are consumed, and all goes on.
  stand.b.socket(0).send(":1\r\n" + bulk("late") + ":5\r\n*1\r\n" + bulk("late"));
  stand.peer.expect(":1\r\n");
  writer.expect(":5\r\n");
  reader.expectQuiet();
  reader.ask("GET {k}4");
  stand.b.expect("GET {k}4");
  stand.b.say(bulk("w"));
  reader.expect(bulk("w"));
}

TEST_CASE("busy: the script's own client waits for it, and so do its later commands on that slot") {
  Stand stand;
  stand.waitForFreshLink();
  stand.greetBusy();
  stand.tick();
  stand.peer.ask("GET k");
  stand.b.expectQuiet();
  stand.b.socket(0).send(":1\r\n");
  stand.peer.expect(":1\r\n");
  stand.b.expect("GET k");
  stand.b.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("busy: a node that answers is not asked anew") {
  Stand stand;
  stand.b.say(":1\r\n");
  stand.peer.expect(":1\r\n");
  for (int i = 0; i < 5; ++i) stand.tick();
  CHECK(stand.b.connections() == 1);
}

TEST_CASE("busy: a script is killed over links of their own, which close") {
  Stand stand;
  Peer& killer = stand.house.seat();
  killer.ask("SCRIPT KILL");
  stand.a.expect("SCRIPT KILL");
  stand.a.say(kNotBusy);
  stand.b.expect("SCRIPT KILL");
  CHECK(stand.b.connections() == 2);
  stand.b.say(kOk);
  killer.expect(kOk);
  CHECK(stand.house.stage.until([&] { return stand.a.socket(0).ended() && stand.b.socket(1).ended(); }));
  stand.b.socket(0).send("-ERR Script killed by user with SCRIPT KILL\r\n");
  stand.peer.expectBegin("-ERR Script killed by user");
}

TEST_CASE("busy: nothing to kill") {
  Stand stand;
  Peer& killer = stand.house.seat();
  killer.ask("FUNCTION KILL");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("FUNCTION KILL");
    node->say(kNotBusy);
  }
  killer.expect(kNotBusy);
}

TEST_CASE("busy: who has lost its slots over a script is killed, too, and says so") {
  Stand stand;
  ScriptedNode heir(stand.house.stage, "heir");
  SlotMapBuilder map;
  map.master("a", stand.a.endpoint()).master("heir", heir.endpoint()).replica("b", stand.b.endpoint(), "heir");
  stand.house.know(map.slots("heir", 0, 8191).slots("a", 8192, 16383));
  Peer& killer = stand.house.seat();
  killer.ask("SCRIPT KILL");
  for (ScriptedNode* node : {&stand.a, &heir}) {
    node->expect("SCRIPT KILL");
    node->say(kNotBusy);
  }
  stand.b.expect("SCRIPT KILL");
  killer.expectQuiet();
  stand.b.say(kOk);
  killer.expect(kOk);
}

TEST_CASE("busy: a replica that cannot be reached is not waited for, and is no failure") {
  Stand stand;
  auto replica = std::make_unique<ScriptedNode>(stand.house.stage, "replica");
  SlotMapBuilder map;
  map.master("a", stand.a.endpoint()).master("b", stand.b.endpoint()).replica("replica", replica->endpoint(), "a");
  stand.house.know(map.slots("b", 0, 8191).slots("a", 8192, 16383));
  SUBCASE("it is not there") { replica.reset(); }
  SUBCASE("it goes in between") {}
  Peer& killer = stand.house.seat();
  killer.ask("SCRIPT KILL");
  if (replica != nullptr) {
    replica->expect("SCRIPT KILL");
    replica.reset();
  }
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("SCRIPT KILL");
    node->say(kNotBusy);
  }
  killer.expect(kNotBusy);
}
