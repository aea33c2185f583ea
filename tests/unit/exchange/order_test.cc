// Per-key order and 'nothing runs twice', through redirects, changes of the map and lost links.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) { ownedBy("a"); }

  void ownedBy(const std::string& id) {
    SlotMapBuilder map;
    house.know(map.master("a", a.endpoint()).master("b", b.endpoint()).slots(id, 0, 16383));
  }
  void moved(ScriptedNode& from, const ScriptedNode& to) { from.say(redirect("MOVED", "k", to.endpoint())); }
  /// APPEND k <from..to>, one after the other.
  void ask(int from, int to) {
    for (int i = from; i < to; ++i) peer.ask("APPEND k " + std::to_string(i));
  }
  static void arrive(ScriptedNode& node, int from, int to) {
    for (int i = from; i < to; ++i) node.expect("APPEND k " + std::to_string(i));
  }
  void answered(ScriptedNode& node, int from, int to) {
    for (int i = from; i < to; ++i) node.say(":" + std::to_string(i) + "\r\n");
    for (int i = from; i < to; ++i) peer.expect(":" + std::to_string(i) + "\r\n");
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

constexpr Slice kOvertaken = "-ERR the command was not executed: a later command of this connection that it must go before ran first";
constexpr Slice kMayHaveRun = "-ERR upstream connection lost, the command may have run";

}  // namespace

TEST_CASE("order: a deep pipeline on one key is refused command by command, and newer ones come meanwhile") {
  Stand stand;
  stand.ask(0, 50);
  Stand::arrive(stand.a, 0, 50);
  for (int i = 0; i < 10; ++i) stand.moved(stand.a, stand.b);
  REQUIRE(stand.house.stage.until([&] { return !stand.house.refreshes.empty(); }));
  stand.ask(50, 60);  // the slot is b's by now, but older ones are on their way to a
  stand.b.expectQuiet();
  for (int i = 10; i < 50; ++i) stand.moved(stand.a, stand.b);
  Stand::arrive(stand.b, 0, 60);
  stand.answered(stand.b, 0, 60);
  stand.a.expectQuiet();
}

TEST_CASE("order: the map changes while commands are on their way, and they are answered where they went") {
  Stand stand;
  stand.ask(0, 10);
  Stand::arrive(stand.a, 0, 10);
  stand.ownedBy("b");
  stand.ask(10, 20);
  stand.b.expectQuiet();
  stand.answered(stand.a, 0, 10);
  Stand::arrive(stand.b, 10, 20);
  stand.answered(stand.b, 10, 20);
}

TEST_CASE("order: the map changes and changes back") {
  Stand stand;
  stand.ask(0, 2);
  Stand::arrive(stand.a, 0, 2);
  stand.ownedBy("b");
  stand.ask(2, 4);
  stand.ownedBy("a");
  stand.ask(4, 6);
  Stand::arrive(stand.a, 2, 6);
  stand.answered(stand.a, 0, 6);
  stand.b.expectQuiet();
}

TEST_CASE("order: through ASK, with commands that come meanwhile") {
  Stand stand;
  stand.ask(0, 3);
  Stand::arrive(stand.a, 0, 3);
  for (int i = 0; i < 3; ++i) stand.a.say(redirect("ASK", "k", stand.b.endpoint()));
  for (int i = 0; i < 3; ++i) {
    stand.b.expect("ASKING");
    Stand::arrive(stand.b, i, i + 1);
    stand.b.say(kOk);
    stand.answered(stand.b, i, i + 1);
  }
  stand.ask(3, 4);
  Stand::arrive(stand.a, 3, 4);
  stand.moved(stand.a, stand.b);
  Stand::arrive(stand.b, 3, 4);
  stand.answered(stand.b, 3, 4);
}

TEST_CASE("order: another key and another client do not wait") {
  Stand stand;
  Peer& other = stand.house.seat();
  stand.ask(0, 2);
  Stand::arrive(stand.a, 0, 2);
  stand.moved(stand.a, stand.b);
  REQUIRE(stand.house.stage.until([&] { return !stand.house.refreshes.empty(); }));
  stand.peer.ask("GET elsewhere");
  stand.a.expect("GET elsewhere");
  other.ask("GET k");
  stand.b.expect("GET k");
  stand.b.say(bulk("v"));
  other.expect(bulk("v"));
}

TEST_CASE("order: a refused write that was overtaken is not sent again but says so") {
  Stand stand;
  stand.peer.ask("SET k 1");
  stand.peer.ask("SET k 2");
  stand.peer.ask("GET k");
  for (const char* request : {"SET k 1", "SET k 2", "GET k"}) stand.a.expect(request);
  stand.a.say(std::string(kClusterDown) + "+OK\r\n" + bulk("2"));
  stand.peer.expectLine(kOvertaken);
  stand.peer.expect("+OK\r\n" + bulk("2"));
  CHECK(stand.house.failures(Failure::Overtaken) == 1);
  stand.a.expectQuiet();
}

TEST_CASE("order: overtaken are only commands on the same key, and reads only by writes") {
  struct Case {
    const char* first;
    const char* second;
    bool overtaken;
  };
  const Case cases[] = {
      {"SET {k}1 1", "SET {k}2 2", false}, {"GET {k}1", "GET {k}1", false},      {"GET {k}1", "SET {k}1 1", true},
      {"SET {k}1 1", "GET {k}1", true},    {"MGET {k}1 {k}2", "DEL {k}2", true}, {"MGET {k}1 {k}2", "DEL {k}3", false},
  };
  for (const Case& each : cases) {
    CAPTURE(each.first);
    CAPTURE(each.second);
    Stand stand;
    stand.peer.ask(each.first);
    stand.peer.ask(each.second);
    stand.a.expect(each.first);
    stand.a.expect(each.second);
    stand.a.say(std::string(kClusterDown) + ":2\r\n");
    if (each.overtaken) {
      stand.peer.expectLine(kOvertaken);
    } else {
      stand.a.expect(each.first);
      stand.a.say(":1\r\n");
      stand.peer.expect(":1\r\n");
    }
    stand.peer.expect(":2\r\n");
  }
}

TEST_CASE("order: a later command that failed has overtaken nobody") {
  Stand stand;
  stand.peer.ask("SET k 1");
  stand.peer.ask("LPUSH k 2");
  stand.a.expect("SET k 1");
  stand.a.expect("LPUSH k 2");
  stand.a.say(std::string(kTryAgain) + "-WRONGTYPE no list\r\n");
  stand.a.expect("SET k 1");
  stand.a.say(kOk);
  stand.peer.expect("+OK\r\n-WRONGTYPE no list\r\n");
}

TEST_CASE("order: after a lost link reads go again, writes have an unknown outcome") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.peer.ask("GET x");
  stand.peer.ask("SET x 1");
  stand.peer.ask("GET x");
  for (const char* request : {"GET k", "GET x", "SET x 1", "GET x"}) stand.a.expect(request);
  stand.a.hangUp();
  // GET k, and the GET x behind the write; the one before it might show what came later.
  stand.a.expect("GET k");
  stand.a.expect("GET x");
  stand.a.say(bulk("k") + bulk("x"));
  stand.peer.expect(bulk("k"));
  stand.peer.expectLine(kMayHaveRun);
  stand.peer.expectLine(kMayHaveRun);
  stand.peer.expect(bulk("x"));
  CHECK(stand.house.failures(Failure::LinkLost) == 2);
}

TEST_CASE("order: a script that may write is not run again after a lost link") {
  Stand stand;
  stand.peer.ask("EVAL s 1 k");
  stand.peer.ask("EVAL_RO s 1 other");
  stand.a.expect("EVAL s 1 k");
  stand.a.expect("EVAL_RO s 1 other");
  stand.a.hangUp();
  stand.a.expect("EVAL_RO s 1 other");
  stand.a.say(":1\r\n");
  stand.peer.expectLine(kMayHaveRun);
  stand.peer.expect(":1\r\n");
}

TEST_CASE("order: what was not written waits for the next connection, writes too, in order") {
  Stand stand;
  stand.a.stopListening();
  stand.ask(0, 5);
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 3; }));
  stand.ask(5, 8);
  stand.house.stage.pass();
  stand.a.listenAgain();
  Stand::arrive(stand.a, 0, 8);
  stand.answered(stand.a, 0, 8);
}

TEST_CASE("order: what waits for a dead node goes to the one that replaces it") {
  Stand stand;
  stand.a.stopListening();
  stand.ask(0, 5);
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
  stand.ownedBy("b");
  Stand::arrive(stand.b, 0, 5);
  stand.answered(stand.b, 0, 5);
}
