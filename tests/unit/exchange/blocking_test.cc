// Commands that block: alone on a link of their own, cut off when their client leaves, sent again with the time that is left.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kTimedOut = "*-1\r\n";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383).master("b", b.endpoint()));
  }
  // Blocked at a, on the link that came last.
  void block() {
    peer.ask("BLPOP k 0");
    a.expect("BLPOP k 0");
  }
  static std::string popped() { return "*2\r\n" + bulk("k") + bulk("v"); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("blocking: others go on over the shared link, and the private one serves the next who blocks") {
  Stand stand;
  stand.block();
  Peer& other = stand.house.seat();
  other.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("w"));
  other.expect(bulk("w"));
  CHECK(stand.a.connections() == 2);
  Peer& third = stand.house.seat();
  third.ask("BRPOP {k}2 7");
  stand.a.expect("BRPOP {k}2 7");
  stand.a.say(kTimedOut);
  third.expect(kTimedOut);
  CHECK(stand.a.connections() == 3);
  third.ask("BRPOP {k}2 7");
  stand.a.expect("BRPOP {k}2 7");
  CHECK(stand.a.connections() == 3);
  stand.a.say(kTimedOut);
  third.expect(kTimedOut);
}

TEST_CASE("blocking: as many as may have a connection of their own, others are refused at once") {
  Stand stand;
  stand.house.settings.limits.nodeConnections = 2;
  Peer& other = stand.house.seat();
  const auto isServed = [&] {
    other.ask("GET k");
    stand.a.expect("GET k");
    stand.a.say(bulk("w"));
    other.expect(bulk("w"));
  };
  isServed();
  stand.block();
  for (const char* request : {"BLPOP k 0", "WATCH k"}) {
    other.ask(request);
    other.expectLine("-" + std::string(textOf(Failure::NodeConnections)));
  }
  isServed();
  stand.a.socket(1).send(kTimedOut);
  stand.peer.expect(kTimedOut);
  // There is one now, and it is used.
  other.ask("BLPOP k 0");
  stand.a.expect("BLPOP k 0");
  stand.peer.ask("BLPOP k 0");
  stand.peer.expectLine("-" + std::string(textOf(Failure::NodeConnections)));
  // With its client the connection goes.
  other.socket.close();
  REQUIRE(stand.house.stage.until([&] { return stand.a.socket(1).ended(); }));
  stand.block();
}

TEST_CASE("blocking: waits for what was asked before it, and what comes behind waits for it") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.peer.ask("BLPOP k 0");
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.expectQuiet();
  stand.a.say(bulk("1"));
  stand.peer.expect(bulk("1"));
  stand.a.expect("BLPOP k 0");
  stand.a.expectQuiet();
  stand.a.say(Stand::popped());
  stand.peer.expect(Stand::popped());
  stand.a.expect("GET k");
  stand.a.say(bulk("2"));
  stand.peer.expect(bulk("2"));
}

TEST_CASE("blocking: no deadline while the node may block, whoever is silent") {
  Stand stand;
  stand.block();
  stand.house.passDeadlines();
  stand.peer.expectQuiet();
  CHECK(stand.a.connections() == 1);
  stand.a.say(Stand::popped());
  stand.peer.expect(Stand::popped());
}

TEST_CASE("blocking: a client that leaves is cut off from its node") {
  Stand stand;
  SUBCASE("while it is blocked") { stand.block(); }
  SUBCASE("with more behind it that has not been read") {
    stand.block();
    stand.peer.ask("GET k");
    stand.house.stage.pass();
  }
  stand.peer.socket.close();
  REQUIRE(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
  CHECK(stand.house.clientsLeft() == 0);
  CHECK_FALSE(stand.house.router().hasOrphans());
}

TEST_CASE("blocking: a client that is finished leaves at once") {
  Stand stand;
  stand.block();
  stand.house.client(0)->finish();
  stand.peer.expectEnd();
  REQUIRE(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
}

TEST_CASE("blocking: refused while it waits, it goes on elsewhere for the time that is left") {
  Stand stand;
  stand.peer.ask("BLPOP k 1000");
  stand.a.expect("BLPOP k 1000");
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  const std::string again = stand.b.next();
  CHECK(again.starts_with("BLPOP k 999."));
  CHECK(again.size() == std::string("BLPOP k 999.123456").size());
  stand.b.say(Stand::popped());
  stand.peer.expect(Stand::popped());
}

TEST_CASE("blocking: one that waits for ever goes on for ever") {
  Stand stand;
  stand.block();
  stand.a.say("-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n");
  stand.a.expect("BLPOP k 0");
  stand.a.say(Stand::popped());
  stand.peer.expect(Stand::popped());
}

TEST_CASE("blocking: with its connection the knowledge is lost whether something was popped") {
  Stand stand;
  stand.block();
  stand.a.hangUp();
  stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
}

TEST_CASE("blocking: nobody waits for a node that the cluster holds for failed") {
  Stand stand;
  const std::vector<Peer*> peers{&stand.peer, &stand.house.seat(), &stand.house.seat()};
  for (Peer* peer : peers) peer->ask("BLPOP k 0");
  for (size_t i = 0; i < peers.size(); ++i) stand.a.expect("BLPOP k 0");
  SlotMapBuilder map;
  Node failed;
  failed.id = "a";
  failed.endpoint = stand.a.endpoint();
  failed.failed = true;
  map.addNode(failed);
  map.master("b", stand.b.endpoint(), 0, 16383);
  stand.house.know(map);
  for (Peer* peer : peers) peer->expectLine("-" + std::string(textOf(Failure::LinkLost)));
}

TEST_CASE("blocking: a node that does not answer in time hangs") {
  Stand stand;
  stand.peer.ask("BLPOP k 0.01");
  stand.a.expect("BLPOP k 0.01");
  CHECK(stand.house.stage.until([&] {
    stand.house.passDeadlines();
    return !stand.peer.socket.in.empty();
  }));
  stand.peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnknown)));
}

TEST_CASE("blocking: a node that cannot be reached is tried with growing pauses") {
  Stand stand;
  stand.house.settings.timeouts.reconnectMinMs = stand.house.settings.timeouts.reconnectMaxMs = 60000;
  stand.a.stopListening();
  stand.peer.ask("BLPOP k 0");
  for (int i = 0; i < 5; ++i) stand.house.stage.pass();
  const uint64_t tries = stand.house.cells->get(Counter::LinkConnects);
  CHECK(tries > 0);
  CHECK(tries < 10);
  stand.a.listenAgain();
  stand.a.expect("BLPOP k 0");
  stand.a.say(Stand::popped());
  stand.peer.expect(Stand::popped());
}

TEST_CASE("blocking: what is read from a stream's end on is read from there wherever it goes on") {
  Stand stand;
  const std::string asked = "XREVRANGE k + - COUNT 1";
  stand.peer.ask("XREAD BLOCK 0 STREAMS k {k}2 {k}3 $ 7 $");
  SUBCASE("refused while it waits") {
    stand.a.expect(asked);
    stand.a.expect("XREVRANGE {k}3 + - COUNT 1");
    stand.a.expect("XREAD BLOCK 0 STREAMS k {k}2 {k}3 $ 7 $");
    stand.a.say("*1\r\n*2\r\n" + bulk("5-1") + "*2\r\n" + bulk("f") + bulk("v") + "*0\r\n");
    stand.house.stage.pass();
    stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
    stand.b.expect("XREAD BLOCK 0 STREAMS k {k}2 {k}3 5-1 7 0-0");
  }
  SUBCASE("refused before") {
    stand.a.expect(asked);
    const std::string moved = redirect("MOVED", "k", stand.b.endpoint());
    stand.a.say(moved + moved + moved);
    stand.b.expect(asked);
    stand.b.expect("XREVRANGE {k}3 + - COUNT 1");
    stand.b.expect("XREAD BLOCK 0 STREAMS k {k}2 {k}3 $ 7 $");
    stand.b.say("*0\r\n*0\r\n");
  }
  SUBCASE("asked for elsewhere") {
    stand.a.expect(asked);
    const std::string ask = redirect("ASK", "k", stand.b.endpoint());
    stand.a.say(ask + ask + ask);
    stand.b.expect("ASKING");
    stand.b.expect("XREAD BLOCK 0 STREAMS k {k}2 {k}3 $ 7 $");
    stand.b.say(kOk);
  }
  stand.b.say(kTimedOut);
  stand.peer.expect(kTimedOut);
}

TEST_CASE("blocking: let go since its stream is gone, it looks whether that is elsewhere") {
  Stand stand;
  const std::string request = "XREADGROUP GROUP g c BLOCK 0 STREAMS k >";
  stand.peer.ask(request);
  stand.a.expect(request);
  stand.a.say("-UNBLOCKED the stream key no longer exists\r\n");
  stand.a.expect(request);
  SUBCASE("moved") {
    stand.a.say(redirect("ASK", "k", stand.b.endpoint()));
    stand.b.expect("ASKING");
    stand.b.expect(request);
    stand.b.say(std::string(kOk) + kTimedOut);
    stand.peer.expect(kTimedOut);
  }
  SUBCASE("something else by now") {
    stand.a.say("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n");
    stand.peer.expect("-UNBLOCKED the stream key no longer exists\r\n");
  }
  SUBCASE("deleted") {
    stand.a.say("-NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option\r\n");
    stand.peer.expect("-UNBLOCKED the stream key no longer exists\r\n");
  }
}
