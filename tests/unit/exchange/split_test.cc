// Commands of several legs: split over slots, fanned out over nodes.
#include "command/split.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), replica(house.stage, "c"), peer(house.seat()) { house.know(map()); }
  // k is a's, foo is b's.
  SlotMapBuilder map() {
    SlotMapBuilder map;
    map.master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383).replica("c", replica.endpoint(), "a");
    return map;
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  ScriptedNode replica;
  Peer& peer;
};

}  // namespace

TEST_CASE("split: keys go to their owners by slot, the reply keeps their order") {
  Stand stand;
  stand.peer.ask("MGET k foo {k}2 k nothing{foo}");
  stand.a.expect("MGET k {k}2 k");
  stand.b.expect("MGET foo nothing{foo}");
  stand.b.say("*2\r\n" + bulk("F") + "$-1\r\n");
  stand.peer.expectQuiet();
  stand.a.say("*3\r\n" + bulk("1") + bulk("2") + bulk("1"));
  stand.peer.expect("*5\r\n" + bulk("1") + bulk("F") + bulk("2") + bulk("1") + "$-1\r\n");
}

TEST_CASE("split: a part that failed is not hidden behind those that did not") {
  Stand stand;
  stand.peer.ask("DEL k foo");
  stand.a.expect("DEL k");
  stand.b.expect("DEL foo");
  stand.a.say(":1\r\n");
  stand.b.say("-NOPERM no\r\n");
  const std::string line = stand.peer.expectBegin("-ERR");
  CHECK(line.find("NOPERM no") != std::string::npos);

  stand.peer.ask("MSET k 1 foo 2");
  stand.a.expect("MSET k 1");
  stand.b.expect("MSET foo 2");
  stand.a.hangUp();
  stand.b.say(kOk);
  CHECK(stand.peer.expectBegin("-ERR").find("may have run") != std::string::npos);

  stand.peer.ask("PING");
  stand.peer.expect("+PONG\r\n");
}

TEST_CASE("split: one part is redirected, the other is not run again") {
  Stand stand;
  stand.peer.ask("MSET k 1 foo 2");
  stand.a.expect("MSET k 1");
  stand.b.expect("MSET foo 2");
  stand.b.say(kOk);
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  stand.b.expect("MSET k 1");
  stand.b.say(kOk);
  stand.peer.expect(kOk);
  stand.a.expectQuiet();
}

// k's slot moves from a to b, and {k}2 has moved already.
struct Moving : Stand {
  Moving() { house.know(map().migration(hashSlot("k"), "a", "b")); }
  void says(ScriptedNode& node, const std::string& request, const std::string& reply) {
    node.expect(request);
    node.say(reply);
  }
  const std::string tryAgain = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
  const std::string ask = redirect("ASK", "k", b.endpoint());
};

TEST_CASE("split: a piece that is half here and half there is divided to one key each") {
  Moving at;
  at.peer.ask("MGET foo k {k}2 k");
  at.says(at.b, "MGET foo", "*1\r\n" + bulk("F"));
  at.says(at.a, "MGET k {k}2 k", at.tryAgain);
  at.says(at.a, "MGET k", "*1\r\n" + bulk("1"));
  at.says(at.a, "MGET {k}2", at.ask);
  at.says(at.a, "MGET k", "*1\r\n" + bulk("1"));
  at.says(at.b, "ASKING", kOk.data());
  at.peer.expectQuiet();
  at.says(at.b, "MGET {k}2", "*1\r\n" + bulk("2"));
  at.peer.expect("*4\r\n" + bulk("F") + bulk("1") + bulk("2") + bulk("1"));
}

TEST_CASE("split: what has all its keys in one slot is divided, too, unless it sets them at once") {
  Moving at;
  SUBCASE("DEL") {
    at.peer.ask("DEL k {k}2");
    at.says(at.a, "DEL k {k}2", at.tryAgain);
    at.says(at.a, "DEL k", ":1\r\n");
    at.says(at.a, "DEL {k}2", ":0\r\n");
    at.peer.expect(":1\r\n");
  }
  SUBCASE("MSET") {
    at.peer.ask("MSET k 1 {k}2 2");
    at.says(at.a, "MSET k 1 {k}2 2", at.tryAgain);
    at.says(at.a, "MSET k 1 {k}2 2", kOk.data());
    at.peer.expect(kOk);
  }
  SUBCASE("MSET beside another slot") {
    at.peer.ask("MSET k 1 {k}2 2 foo 3");
    at.says(at.b, "MSET foo 3", kOk.data());
    at.says(at.a, "MSET k 1 {k}2 2", at.tryAgain);
    at.says(at.a, "MSET k 1", kOk.data());
    at.says(at.a, "MSET {k}2 2", "-OOM no room\r\n");
    const std::string line = at.peer.expectBegin("-ERR MSET: 1 of 2 parts failed");
    CHECK(line.find("OOM no room") != std::string::npos);
  }
}

TEST_CASE("split: a piece of a later part is divided like any other") {
  Moving at;
  std::string many;
  for (uint32_t key = 0; key < kKeysPerPart; ++key) many += " {foo}" + std::to_string(key);
  at.peer.ask("EXISTS" + many + " k foo {k}2");
  at.says(at.b, "EXISTS" + many, ":100\r\n");
  at.says(at.b, "EXISTS foo", ":1\r\n");
  at.says(at.a, "EXISTS k {k}2", at.tryAgain);
  at.says(at.a, "EXISTS k", ":1\r\n");
  at.says(at.a, "EXISTS {k}2", ":1\r\n");
  at.peer.expect(":103\r\n");
}

TEST_CASE("split: what is not divided goes again as it is") {
  Moving at;
  SUBCASE("two values for one key: the second has to be the last") {
    at.peer.ask("MSET k 1 {k}2 2 k 3 foo 4");
    at.says(at.b, "MSET foo 4", kOk.data());
    for (const char* answer : {at.tryAgain.c_str(), kOk.data()}) at.says(at.a, "MSET k 1 {k}2 2 k 3", answer);
    at.peer.expect(kOk);
  }
  SUBCASE("very many keys: each would cost a request") {
    std::string many = "DEL";
    for (uint32_t key = 0; key <= 1024; ++key) many += " {k}" + std::to_string(key);
    at.peer.ask(many);
    for (const char* answer : {at.tryAgain.c_str(), ":7\r\n"}) at.says(at.a, many, answer);
    at.peer.expect(":7\r\n");
  }
}

TEST_CASE("split: the answer of a divided piece counts once towards what one may gather") {
  Moving at;
  at.house.settings.limits.clientOutputBytes = 400;
  at.peer.ask("MGET k {k}2 foo");
  at.says(at.b, "MGET foo", "*1\r\n" + bulk("F"));
  at.says(at.a, "MGET k {k}2", at.tryAgain);
  for (const char* key : {"k", "{k}2"}) at.says(at.a, std::string("MGET ") + key, "*1\r\n" + bulk(std::string(120, 'v')));
  at.peer.expect("*3\r\n" + bulk(std::string(120, 'v')) + bulk(std::string(120, 'v')) + bulk("F"));
}

TEST_CASE("split: commands behind a piece that is divided wait for the keys of its slot") {
  Moving at;
  at.peer.ask("DEL k {k}2 foo");
  at.says(at.b, "DEL foo", ":1\r\n");
  at.says(at.a, "DEL k {k}2", at.tryAgain);
  at.a.expect("DEL k");
  at.peer.ask("SET k v");
  at.a.say(":1\r\n");
  at.says(at.a, "DEL {k}2", ":0\r\n");
  at.says(at.a, "SET k v", kOk.data());
  at.peer.expect(":2\r\n" + std::string(kOk));
}

TEST_CASE("split: once a slot is known to be half here and half there, nothing overtakes what is asked of it") {
  Moving at;
  SUBCASE("not yet: what has run behind it cannot be undone") {
    for (const char* request : {"MGET k {k}2", "SET k v"}) at.peer.ask(request);
    at.says(at.a, "MGET k {k}2", at.tryAgain);
    at.says(at.a, "SET k v", kOk.data());
    at.says(at.a, "MGET {k}2", "*1\r\n$-1\r\n");
    CHECK(at.peer.expectBegin("-ERR MGET: 1 of 2 parts failed").find("ran first") != std::string::npos);
    at.peer.expectLine("+OK");
  }
  SUBCASE("it is") {
    at.peer.ask("GET k");
    at.says(at.a, "GET k", at.ask);
    at.says(at.b, "ASKING", kOk.data());
    at.says(at.b, "GET k", "$-1\r\n");
    at.peer.expect("$-1\r\n");
    for (const char* request : {"MGET k {k}2", "SET k v", "SET foo f"}) at.peer.ask(request);
    at.says(at.b, "SET foo f", kOk.data());
    at.a.expect("MGET k {k}2");
    at.a.expectQuiet();
    at.a.say(at.tryAgain);
    for (const char* key : {"k", "{k}2"}) at.says(at.a, std::string("MGET ") + key, "*1\r\n$-1\r\n");
    at.says(at.a, "SET k v", kOk.data());
    at.peer.expect("*2\r\n$-1\r\n$-1\r\n+OK\r\n+OK\r\n");
  }
}

TEST_CASE("split: the deadline finds the parts of a divided piece") {
  Moving at;
  at.peer.ask("DEL k {k}2");
  at.says(at.a, "DEL k {k}2", at.tryAgain);
  at.says(at.a, "DEL k", ":1\r\n");
  at.a.expect("DEL {k}2");
  at.house.stage.pass();
  at.house.passDeadlines();
  CHECK(at.peer.expectBegin("-ERR DEL: 1 of 2 parts failed").find("may have run") != std::string::npos);
  at.a.say(":1\r\n");
  at.peer.ask("GET k");
  at.says(at.a, "GET k", bulk("v"));
  at.peer.expect(bulk("v"));
}

TEST_CASE("split: parts keep the order of their keys with single commands before and behind") {
  Stand stand;
  stand.peer.ask("SET k 1");
  stand.peer.ask("DEL k foo");
  stand.peer.ask("GET k");
  for (const char* request : {"SET k 1", "DEL k", "GET k"}) stand.a.expect(request);
  stand.b.expect("DEL foo");
  for (int i = 0; i < 3; ++i) stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  for (const char* request : {"SET k 1", "DEL k", "GET k"}) stand.b.expect(request);
  stand.b.say(":0\r\n+OK\r\n:1\r\n$-1\r\n");
  stand.peer.expect("+OK\r\n:1\r\n$-1\r\n");
}

TEST_CASE("fan-out: all masters answer, replicas are not asked for what concerns masters") {
  Stand stand;
  stand.peer.ask("DBSIZE");
  stand.a.expect("DBSIZE");
  stand.b.expect("DBSIZE");
  stand.a.say(":3\r\n");
  stand.b.say(":4\r\n");
  stand.peer.expect(":7\r\n");
  CHECK(stand.replica.connections() == 0);
}

TEST_CASE("fan-out: a node that leaves the cluster before it has answered is not missed") {
  for (const bool newsFirst : {true, false}) {
    CAPTURE(newsFirst);
    Stand stand;
    SlotMapBuilder withoutA;
    withoutA.master("b", stand.b.endpoint(), 0, 16383);
    stand.peer.ask("DBSIZE");
    stand.a.expect("DBSIZE");
    stand.b.expect("DBSIZE");
    stand.b.say(":4\r\n");
    if (newsFirst) stand.house.know(withoutA);
    stand.a.hangUp();
    stand.a.stopListening();
    if (!newsFirst) {
      stand.peer.expectQuiet();
      stand.house.know(withoutA);
    }
    stand.peer.expect(":4\r\n");
  }
}

TEST_CASE("fan-out: a key is drawn anew when the node that was to draw it has left the cluster") {
  Stand stand;
  SlotMapBuilder withoutA;
  withoutA.master("b", stand.b.endpoint(), 0, 16383);
  stand.peer.ask("RANDOMKEY");
  stand.a.expect("DBSIZE");
  stand.b.expect("DBSIZE");
  stand.a.say(":1\r\n");
  stand.b.say(":0\r\n");
  stand.a.expect("RANDOMKEY");
  stand.house.know(withoutA);
  stand.a.hangUp();
  stand.a.stopListening();
  stand.b.expect("DBSIZE");
  stand.b.say(":1\r\n");
  stand.b.expect("RANDOMKEY");
  stand.b.say(bulk("k"));
  stand.peer.expect(bulk("k"));
}

TEST_CASE("fan-out: replicas are told too, but nobody waits for them") {
  for (const bool replicaListens : {true, false}) {
    CAPTURE(replicaListens);
    Stand stand;
    if (!replicaListens) stand.replica.stopListening();
    stand.peer.ask("SCRIPT FLUSH");
    stand.a.expect("SCRIPT FLUSH");
    stand.b.expect("SCRIPT FLUSH");
    stand.a.say(kOk);
    stand.b.say(kOk);
    stand.peer.expect(kOk);
    if (replicaListens) {
      stand.replica.expect("SCRIPT FLUSH");
      stand.replica.say("-READONLY You can't write against a read only replica.\r\n");
    }
    CHECK(stand.house.stage.until([&] { return !stand.house.router().hasOrphans(); }));
    stand.replica.expectQuiet();
    stand.peer.expectQuiet();
  }
}

TEST_CASE("fan-out: a replica answers last, first, or hangs up; the client sees its masters' answer once") {
  Stand stand;
  stand.peer.ask("SCRIPT FLUSH");
  stand.replica.expect("SCRIPT FLUSH");
  stand.replica.hangUp();
  stand.a.expect("SCRIPT FLUSH");
  stand.b.expect("SCRIPT FLUSH");
  stand.peer.expectQuiet();
  stand.a.say(kOk);
  stand.b.say("-ERR broken\r\n");
  stand.peer.expectBegin("-ERR");
  CHECK(stand.house.stage.until([&] { return !stand.house.router().hasOrphans(); }));
}

TEST_CASE("fan-out: a master that has failed and owns nothing is not asked") {
  Stand stand;
  ScriptedNode dead(stand.house.stage, "d");
  dead.stopListening();
  SlotMapBuilder map = stand.map();
  Node node;
  node.id = "d";
  node.endpoint = dead.endpoint();
  node.failed = true;
  map.addNode(node);
  stand.house.know(map);
  stand.peer.ask("DBSIZE");
  stand.a.expect("DBSIZE");
  stand.b.expect("DBSIZE");
  stand.a.say(":3\r\n");
  stand.b.say(":4\r\n");
  stand.peer.expect(":7\r\n");
  // Nor is it the one that answers what any master can.
  for (int i = 0; i < 3; ++i) {
    Peer& other = stand.house.seat();
    other.ask("MIGRATE h 1 k 0 1");
    other.expectBegin("-ERR");
    other.ask("PUBLISH channel message");
    REQUIRE(stand.house.stage.until([&] { return stand.a.waiting() + stand.b.waiting() == 1; }));
    ScriptedNode& asked = stand.a.waiting() == 1 ? stand.a : stand.b;
    asked.expect("PUBLISH channel message");
    asked.say(":0\r\n");
    other.expect(":0\r\n");
  }
}

TEST_CASE("fan-out: a master that becomes a replica while it is asked is answered for by its master") {
  Stand stand;
  stand.a.stopListening();
  stand.peer.ask("FLUSHALL");
  stand.b.expect("FLUSHALL");
  stand.b.say(kOk);
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
  SlotMapBuilder map;
  map.master("c", stand.replica.endpoint(), 0, 9999).master("b", stand.b.endpoint(), 10000, 16383);
  map.replica("a", stand.a.endpoint(), "c");
  stand.house.know(map);
  stand.replica.expect("FLUSHALL");
  stand.replica.say(kOk);
  stand.peer.expect(kOk);
}

TEST_CASE("fan-out: a master whose replica has taken over is not asked, though the map still holds it for a master") {
  Stand stand;
  const auto askedAre = [&](std::initializer_list<ScriptedNode*> nodes) {
    stand.peer.ask("DBSIZE");
    for (ScriptedNode* node : nodes) {
      node->expect("DBSIZE");
      node->say(":1\r\n");
    }
    stand.peer.expect(":" + std::to_string(nodes.size()) + "\r\n");
  };
  SlotMapBuilder map;
  map.master("a", stand.a.endpoint()).master("b", stand.b.endpoint(), 10000, 16383);
  stand.house.know(map.master("c", stand.replica.endpoint(), 0, 9999));
  askedAre({&stand.b, &stand.replica});
  stand.a.expectQuiet();
  // It gets slots of its own again.
  SlotMapBuilder later;
  later.master("a", stand.a.endpoint(), 0, 10).master("b", stand.b.endpoint(), 10000, 16383);
  stand.house.know(later.master("c", stand.replica.endpoint(), 11, 9999));
  askedAre({&stand.a, &stand.b, &stand.replica});
}

TEST_CASE("split: an answer that nobody wants leaves no trace, though it is there before its turn") {
  Stand stand;
  stand.peer.ask("GET foo");
  stand.peer.ask("CLIENT REPLY SKIP");
  stand.peer.ask("MSET b 1 {k}2 2");  // two slots of a's
  stand.b.expect("GET foo");
  stand.a.expect("MSET b 1");
  stand.a.expect("MSET {k}2 2");
  stand.a.say(std::string(kOk) + std::string(kOk));
  stand.peer.expectQuiet();
  stand.b.say(bulk("F"));
  stand.peer.expect(bulk("F"));
  stand.peer.ask("PING");
  stand.peer.expect("+PONG\r\n");
}
