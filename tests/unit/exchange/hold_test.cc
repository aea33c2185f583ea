// What is meant for a master that is unavailable waits until the hold has passed since the loss; then it is refused at once
// until the master is back. Others hear nothing of it.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  explicit Stand(uint64_t holdMs) : a(house.stage, "a"), b(house.stage, "b") {
    house.settings.timeouts.failoverHoldMs = holdMs;
    house.settings.timeouts.reconnectMinMs = 1;
    house.settings.timeouts.reconnectMaxMs = 2;
    house.know(wholeMap());
  }
  // k is a's, foo is b's.
  SlotMapBuilder wholeMap() {
    SlotMapBuilder map;
    map.master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383);
    return map;
  }
  SlotMapBuilder mapWithoutA() {
    SlotMapBuilder map;
    map.master("b", b.endpoint(), 10000, 16383);
    return map;
  }
  /// With the clock ticking.
  void expect(Peer& peer, Failure failure) {
    house.stage.until([&] {
      house.router().checkStalled();
      return !peer.socket.in.empty();
    });
    peer.expectLine("-" + std::string(textOf(failure)));
  }
  void serves(ScriptedNode& node, Peer& peer, const std::string& request) {
    peer.ask(request);
    node.expect(request);
    node.say(bulk("v"));
    peer.expect(bulk("v"));
  }
  uint64_t held() { return house.cells->get(Gauge::HeldRequests); }
  uint64_t heldBytes() { return house.cells->get(Gauge::HeldBytes); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
};

constexpr uint64_t kLong = 3600 * 1000;

}  // namespace

TEST_CASE("hold: commands for a lost master wait, others do not, and all is served when it is back") {
  Stand stand(kLong);
  Peer& waits = stand.house.seat();
  Peer& other = stand.house.seat();
  stand.a.stopListening();
  waits.ask("GET k");
  waits.ask("GET foo");
  stand.b.expect("GET foo");
  stand.b.say(bulk("2"));
  stand.serves(stand.b, other, "GET foo");
  CHECK(stand.held() == 1);
  CHECK(stand.heldBytes() == wireOf("GET k").size());
  waits.expectQuiet();
  stand.a.listenAgain();
  stand.a.expect("GET k");
  stand.a.say(bulk("1"));
  waits.expect(bulk("1") + bulk("2"));
  CHECK(stand.held() == 0);
  CHECK(stand.heldBytes() == 0);
}

TEST_CASE("hold: when it has passed all are refused, those that come at once, until the master is back") {
  Stand stand(20);
  Peer& early = stand.house.seat();
  Peer& late = stand.house.seat();
  Peer& blocking = stand.house.seat();
  stand.a.stopListening();
  early.ask("SET k 1");
  blocking.ask("BLPOP k 0");
  stand.expect(early, Failure::ShardLost);
  stand.expect(blocking, Failure::ShardLost);
  CHECK(stand.held() == 0);
  for (const char* request : {"GET k", "BLPOP k 0"}) {
    late.ask(request);
    late.expectLine("-" + std::string(textOf(Failure::ShardLost)));
  }
  stand.serves(stand.b, late, "GET foo");
  // Nobody waits for it, and yet it is seen to be back.
  const uint64_t links = stand.house.cells->get(Gauge::Links);
  stand.a.listenAgain();
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Gauge::Links) > links; }));
  stand.serves(stand.a, late, "GET k");
  // The next loss has a hold of its own.
  stand.a.stopListening();
  stand.a.hangUp();
  const uint64_t losses = stand.house.cells->get(Counter::LinkFailures);
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) > losses; }));
  late.ask("GET k");
  stand.house.stage.turn();
  CHECK(late.socket.in == "");
  stand.expect(late, Failure::ShardLost);
}

TEST_CASE("hold: part of a command that waited in vain is told of") {
  Stand stand(20);
  Peer& peer = stand.house.seat();
  stand.a.stopListening();
  peer.ask("MGET k foo");
  stand.b.expect("MGET foo");
  stand.b.say("*1\r\n" + bulk("v"));
  REQUIRE(stand.house.stage.until([&] {
    stand.house.router().checkStalled();
    return !peer.socket.in.empty();
  }));
  CHECK(peer.expectBegin("-CLUSTERDOWN MGET: 1 of 2 parts failed").find("failover_hold") != std::string::npos);
}

TEST_CASE("hold: a slot without an owner is waited for as a lost master is") {
  Stand stand(kLong);
  Peer& peer = stand.house.seat();
  Peer& other = stand.house.seat();
  stand.house.know(stand.mapWithoutA());
  for (const char* request : {"SET k 1", "SET k 2"}) peer.ask(request);
  stand.serves(stand.b, other, "GET foo");
  peer.expectQuiet();
  CHECK(stand.held() == 2);
  stand.house.know(stand.wholeMap());
  stand.a.expect("SET k 1");
  stand.a.expect("SET k 2");
  stand.a.say("+OK\r\n+OK\r\n");
  peer.expect("+OK\r\n+OK\r\n");
  CHECK(stand.held() == 0);
}

TEST_CASE("hold: a slot that has had no owner for so long is refused") {
  Stand stand(20);
  Peer& peer = stand.house.seat();
  stand.house.know(stand.mapWithoutA());
  for (const char* request : {"SET k 1", "SET k 2", "GET foo"}) peer.ask(request);
  stand.b.expect("GET foo");
  stand.b.say(bulk("v"));
  stand.expect(peer, Failure::SlotUncovered);
  stand.expect(peer, Failure::SlotUncovered);
  peer.expect(bulk("v"));
  peer.ask("GET k");
  peer.expectLine("-" + std::string(textOf(Failure::SlotUncovered)));
  CHECK(stand.held() == 0);
}

TEST_CASE("hold: a cluster that is down is asked again until the hold has passed") {
  struct Case {
    const char* refusal;
    Failure failure;
  };
  const Case cases[] = {{"-CLUSTERDOWN The cluster is down\r\n", Failure::ClusterDown},
                        {"-LOADING Redis is loading the dataset in memory\r\n", Failure::ShardLost}};
  for (const Case& each : cases) {
    CAPTURE(each.refusal);
    Stand stand(20);
    Peer& peer = stand.house.seat();
    peer.ask("SET k 1");
    size_t asked = 0;
    REQUIRE(stand.house.stage.until([&] {
      for (; stand.a.waiting() > 0; ++asked) {
        stand.a.next();
        stand.a.say(each.refusal);
      }
      return !peer.socket.in.empty();
    }));
    CHECK(asked > 1);
    peer.expectLine("-" + std::string(textOf(each.failure)));
    // From here on one word of the node is enough, also if it answers to what needs no key.
    peer.ask("DBSIZE");
    for (ScriptedNode* node : {&stand.a, &stand.b}) {
      node->expect("DBSIZE");
      node->say(":1\r\n");
    }
    peer.expect(":2\r\n");
    peer.ask("SET k 2");
    stand.a.expect("SET k 2");
    stand.a.say(each.refusal);
    peer.expectLine("-" + std::string(textOf(each.failure)));
    // It serves again, and the next trouble has a hold of its own.
    stand.serves(stand.a, peer, "GET k");
    peer.ask("SET k 3");
    stand.a.expect("SET k 3");
    stand.a.say(each.refusal);
    stand.a.expect("SET k 3");
    stand.a.say("+OK\r\n");
    peer.expect("+OK\r\n");
    CHECK(stand.held() == 0);
  }
}

TEST_CASE("hold: so much waits and no more, and what comes then is refused at once") {
  struct Case {
    uint64_t requests;
    uint64_t bytes;
  };
  for (const Case& each : {Case{2, 1 << 20}, Case{1000, wireOf("GET k").size() * 5 / 2}}) {
    Stand stand(kLong);
    stand.house.settings.limits.heldRequests = each.requests;
    stand.house.settings.limits.heldBytes = each.bytes;
    Peer& waits = stand.house.seat();
    Peer& refused = stand.house.seat();
    stand.a.stopListening();
    waits.ask("GET k");
    waits.ask("GET k");
    REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) > 1; }));
    CHECK(stand.held() == 2);
    refused.ask("GET k");
    refused.expectLine("-" + std::string(textOf(Failure::HeldLimit)));
    stand.serves(stand.b, refused, "GET foo");
    waits.expectQuiet();
    // Those that give up make room.
    waits.socket.close();
    stand.a.listenAgain();
    stand.a.expect("GET k");
    stand.a.expect("GET k");
    stand.a.say(bulk("1") + bulk("2"));
    REQUIRE(stand.house.stage.until([&] { return stand.held() == 0; }));
    stand.serves(stand.a, refused, "GET k");
  }
}

TEST_CASE("hold: behind one that its node has refused no more wait than may, either") {
  Stand stand(kLong);
  stand.house.settings.limits.heldRequests = 2;
  Peer& peer = stand.house.seat();
  peer.ask("GET k");
  stand.a.expect("GET k");
  const std::string loading = "-LOADING Redis is loading the dataset in memory\r\n";
  stand.a.say(loading);
  REQUIRE(stand.house.stage.until([&] { return stand.held() == 1; }));
  for (int i = 0; i < 4; ++i) peer.ask("GET k");
  const auto refused = [&] { return stand.house.cells->get(Counter::Failures, static_cast<size_t>(Failure::HeldLimit)); };
  REQUIRE(stand.house.stage.until([&] {
    for (; stand.a.waiting() > 0; stand.a.next()) stand.a.say(loading);
    return refused() == 3;
  }));
  CHECK(stand.held() <= 2);
  stand.a.expect("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("1") + bulk("2"));
  peer.expect(bulk("1") + bulk("2"));
  for (int i = 0; i < 3; ++i) peer.expectLine("-" + std::string(textOf(Failure::HeldLimit)));
  CHECK(stand.held() == 0);
  stand.serves(stand.a, peer, "GET k");
}

TEST_CASE("hold: the deadline of a command ends its wait, too") {
  Stand stand(kLong);
  Peer& peer = stand.house.seat();
  stand.a.stopListening();
  peer.ask("GET k");
  REQUIRE(stand.house.stage.until([&] { return stand.held() == 1; }));
  stand.house.passDeadlines();
  peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
  CHECK(stand.held() == 0);
  CHECK(stand.heldBytes() == 0);
}

TEST_CASE("hold: a replica that takes over ends it") {
  Stand stand(kLong);
  Peer& peer = stand.house.seat();
  stand.a.stopListening();
  peer.ask("GET k");
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) > 0; }));
  SlotMapBuilder map;
  stand.house.know(map.master("b", stand.b.endpoint(), 0, 16383));
  stand.b.expect("GET k");
  stand.b.say(bulk("v"));
  peer.expect(bulk("v"));
  // Nobody tries to reach the one that has gone.
  stand.house.stage.pass();
  const uint64_t connects = stand.house.cells->get(Counter::LinkConnects);
  stand.house.stage.pass();
  CHECK(stand.house.cells->get(Counter::LinkConnects) == connects);
}

TEST_CASE("hold: a node that refuses the proxy is not unavailable, it says why") {
  Stand stand(0);
  stand.house.settings.upstreams.at(0).password = "stale";
  stand.a.authReply = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  Peer& peer = stand.house.seat();
  for (int i = 0; i < 3; ++i) {
    peer.ask("GET k");
    stand.expect(peer, Failure::UpstreamAuth);
  }
}
