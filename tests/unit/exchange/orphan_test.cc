// Clients that leave while their commands are on the way, and the reuse of what they leave behind.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b") {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }
  bool noOrphans() {
    return house.stage.until([&] { return !house.router().hasOrphans(); });
  }
  void leave(size_t client) {
    house.client(client)->close();
    REQUIRE(house.stage.until([&] { return house.client(client) == nullptr; }));
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
};

}  // namespace

TEST_CASE("orphan: a client leaves with commands in flight; the answers reach nobody, the neighbour gets its own") {
  Stand stand;
  Peer& leaver = stand.house.seat();
  Peer& stayer = stand.house.seat();
  for (int round = 0; round < 3; ++round) {
    leaver.ask("GET k");
    stand.a.expect("GET k");
    stayer.ask("GET {k}" + std::to_string(round));
    stand.a.expect("GET {k}" + std::to_string(round));
    if (round == 1) stand.leave(0);
    stand.a.say(bulk("for the first") + bulk("own " + std::to_string(round)));
    stayer.expect(bulk("own " + std::to_string(round)));
    if (round == 1) break;
    leaver.expect(bulk("for the first"));
  }
  CHECK(stand.noOrphans());
}

TEST_CASE("orphan: legs sent, queued, parked and split when the client leaves") {
  Stand stand;
  Peer& leaver = stand.house.seat();
  stand.b.stopListening();
  leaver.ask("MSET k 1 foo 2");
  leaver.ask("SET k 3");
  leaver.ask("GET foo");
  leaver.ask("CLIENT LIST");
  stand.a.expect("MSET k 1");
  stand.a.expect("SET k 3");
  stand.a.say(kTryAgain);
  stand.house.stage.pass();
  stand.leave(0);
  stand.a.say(kOk);
  CHECK(stand.noOrphans());
  stand.a.expectQuiet();

  Peer& next = stand.house.seat();
  next.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("1"));
  next.expect(bulk("1"));
}

TEST_CASE("orphan: the link is lost, or closed, under them") {
  for (const bool lost : {true, false}) {
    Stand stand;
    Peer& leaver = stand.house.seat();
    leaver.ask("SET k 1");
    leaver.ask("GET k");
    stand.a.expect("SET k 1");
    stand.a.expect("GET k");
    stand.leave(0);
    CHECK(stand.house.router().hasOrphans());
    if (lost) {
      stand.a.hangUp();
    } else {
      stand.house.router().close();
    }
    CHECK(stand.noOrphans());
    stand.a.expectQuiet();
  }
}

TEST_CASE("orphan: a redirect for it is not followed") {
  Stand stand;
  Peer& leaver = stand.house.seat();
  leaver.ask("SET k 1");
  stand.a.expect("SET k 1");
  stand.leave(0);
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  CHECK(stand.noOrphans());
  CHECK(stand.b.connections() == 0);
}

TEST_CASE("orphan: exchanges and legs that are used again keep nothing of their last use") {
  Stand stand;
  for (size_t round = 0; round < 20; ++round) {
    CAPTURE(round);
    Peer& peer = stand.house.seat();
    // Every kind of trouble once: ASK, TRYAGAIN, a split reply, a lost read; then it leaves in the middle.
    peer.ask("GET k");
    stand.a.expect("GET k");
    stand.a.say(redirect("ASK", "k", stand.b.endpoint()));
    stand.b.expect("ASKING");
    stand.b.expect("GET k");
    stand.b.say("+OK\r\n" + bulk("v"));
    peer.expect(bulk("v"));
    peer.ask("MGET k foo");
    stand.a.expect("MGET k");
    stand.b.expect("MGET foo");
    stand.a.say("*1\r\n" + bulk("1"));
    stand.b.say("*1\r\n" + bulk("2"));
    peer.expect("*2\r\n" + bulk("1") + bulk("2"));
    peer.ask("CLIENT REPLY OFF");
    peer.ask("GET k");
    stand.a.expect("GET k");
    if (round % 2 == 0) stand.leave(round);
    stand.a.say(bulk("unseen"));
    CHECK(stand.noOrphans());
  }
}

TEST_CASE("orphan: a node that left the map drains and is closed") {
  Stand stand;
  Peer& peer = stand.house.seat();
  peer.ask("GET k");
  stand.a.expect("GET k");
  stand.house.know(SlotMapBuilder().master("b", stand.b.endpoint(), 0, 16383));
  stand.house.stage.pass();
  CHECK_FALSE(stand.a.socket(0).ended());
  peer.ask("GET k");  // not before the one on its way is answered
  stand.b.expectQuiet();
  stand.a.say(bulk("old"));
  peer.expect(bulk("old"));
  REQUIRE(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
  stand.b.expect("GET k");
  stand.b.say(bulk("new"));
  peer.expect(bulk("new"));
  CHECK(stand.house.cells->get(Counter::LinkFailures) == 0);
}

TEST_CASE("orphan: commands in flight outlive the table that they were found in") {
  Stand stand;
  Peer& peer = stand.house.seat();
  const auto row = [](const std::string& name) {
    return "*1\r\n*7\r\n" + bulk(name) + ":2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*0\r\n";
  };
  const auto map = SlotMapBuilder().master("a", stand.a.endpoint(), 0, 16383).build();
  auto learned = CommandTable::builtin()->learn(row("one.get"));
  REQUIRE(learned);
  stand.house.tell(map, *learned);
  peer.ask("ONE.GET k");
  stand.a.expect("ONE.GET k");
  auto more = (*learned)->learn(row("two.get"));
  REQUIRE(more);
  learned = CommandTable::builtin();
  stand.house.tell(map, *more);
  CHECK(stand.house.client(0)->facts().line().find("cmd=one.get") != std::string::npos);
  stand.a.say(bulk("v"));
  peer.expect(bulk("v"));
}
