// One request and what the cluster answers: MOVED, ASK, TRYAGAIN, and the limits of following them.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct TwoNodes {
  TwoNodes() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) { ownedBy("a"); }

  void ownedBy(const std::string& id) { house.know(SlotMapBuilder(*both().build()).slots(id, 0, 16383)); }
  SlotMapBuilder both() {
    SlotMapBuilder map;
    map.master("a", a.endpoint()).master("b", b.endpoint());
    return map;
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("redirect: MOVED is followed at once, remembered, and told to control") {
  TwoNodes two;
  two.peer.ask("GET k");
  two.a.expect("GET k");
  two.a.say(redirect("MOVED", "k", two.b.endpoint()));
  two.b.expect("GET k");
  two.b.say(bulk("v"));
  two.peer.expect(bulk("v"));
  two.peer.ask("SET k w");
  two.b.expect("SET k w");
  two.b.say(kOk);
  two.peer.expect(kOk);
  CHECK(two.a.waiting() == 0);
  REQUIRE(two.house.refreshes.size() >= 1);
  CHECK(two.house.refreshes[0].cause == RefreshCause::Moved);
  // Another slot still goes where the map says.
  two.peer.ask("GET other");
  two.a.expect("GET other");
  two.a.say("$-1\r\n");
  two.peer.expect("$-1\r\n");
}

TEST_CASE("redirect: MOVED with an empty host means the node that answered") {
  House house;
  ScriptedNode a(house.stage, "a");
  ScriptedNode b(house.stage, "b");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383).master("b", b.endpoint()));
  Peer& peer = house.seat();
  peer.ask("GET k");
  a.expect("GET k");
  a.say(redirect("MOVED", "k", {"", b.endpoint().port}));
  b.expect("GET k");
  b.say(bulk("v"));
  peer.expect(bulk("v"));
}

TEST_CASE("redirect: ASK is followed behind ASKING, this once") {
  TwoNodes two;
  two.peer.ask("GET k");
  two.a.expect("GET k");
  two.a.say(redirect("ASK", "k", two.b.endpoint()));
  two.b.expect("ASKING");
  two.b.expect("GET k");
  two.b.say("+OK\r\n" + bulk("v"));
  two.peer.expect(bulk("v"));
  two.peer.ask("GET k");
  two.a.expect("GET k");
  two.a.say(bulk("w"));
  two.peer.expect(bulk("w"));
}

TEST_CASE("redirect: after a refused ASKING the command goes without it") {
  TwoNodes two;
  two.peer.ask("GET k");
  two.a.expect("GET k");
  two.a.say(redirect("ASK", "k", two.b.endpoint()));
  two.b.expect("ASKING");
  two.b.expect("GET k");
  two.b.say("+OK\r\n" + redirect("MOVED", "k", two.a.endpoint()));
  two.a.expect("GET k");
  two.a.say(bulk("v"));
  two.peer.expect(bulk("v"));
  CHECK(two.a.raw(0).find("ASKING") == std::string::npos);
}

TEST_CASE("redirect: what means 'later' is waited out, however often, and a MOVED after it is followed") {
  for (const Slice later : {kTryAgain, kClusterDown, Slice("-LOADING Redis is loading the dataset in memory\r\n")}) {
    CAPTURE(std::string(later));
    TwoNodes two;
    two.house.settings.limits.redirects = 4;
    two.peer.ask("SET k v");
    for (int i = 0; i < 6; ++i) {
      two.a.expect("SET k v");
      two.a.say(later);
    }
    two.a.expect("SET k v");
    two.a.say(redirect("MOVED", "k", two.b.endpoint()));
    two.b.expect("SET k v");
    two.b.say(kOk);
    two.peer.expect(kOk);
  }
}

TEST_CASE("redirect: nodes that send each other's clients in circles are followed up to a limit") {
  struct Case {
    const char* kind;
    Failure failure;
  };
  for (const Case& each : {Case{"MOVED", Failure::TooManyMoved}, Case{"ASK", Failure::TooManyAsk}}) {
    CAPTURE(each.kind);
    TwoNodes two;
    two.house.settings.limits.redirects = 3;
    two.peer.ask("GET k");
    const bool asks = std::string(each.kind) == "ASK";
    for (int i = 0; i < 4; ++i) {
      ScriptedNode& here = i % 2 == 0 ? two.a : two.b;
      ScriptedNode& there = i % 2 == 0 ? two.b : two.a;
      if (asks && i > 0) here.expect("ASKING");
      here.expect("GET k");
      here.say((asks && i > 0 ? "+OK\r\n" : "") + redirect(each.kind, "k", there.endpoint()));
    }
    two.peer.expectLine("-" + std::string(textOf(each.failure)));
    CHECK(two.house.failures(each.failure) == 1);
    two.a.expectQuiet();
    two.b.expectQuiet();
  }
}

TEST_CASE("redirect: between the halves of a slot it goes on as long as the node it moves to wants it later") {
  TwoNodes two;
  two.house.settings.limits.redirects = 3;
  two.peer.ask("GET k");
  for (int i = 0; i < 6; ++i) {
    two.a.expect("GET k");
    two.a.say(redirect("ASK", "k", two.b.endpoint()));
    two.b.expect("ASKING");
    two.b.expect("GET k");
    two.b.say("+OK\r\n" + std::string(kTryAgain));
  }
  two.a.expect("GET k");
  two.a.say(bulk("v"));
  two.peer.expect(bulk("v"));
}

TEST_CASE("redirect: to an address that nobody has heard of, nothing is sent before a refresh has confirmed it") {
  for (const char* kind : {"MOVED", "ASK"}) {
    CAPTURE(kind);
    House house;
    house.settings.upstreams[0].password = "secret";
    ScriptedNode a(house.stage, "a");
    ScriptedNode stranger(house.stage, "b");
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
    Peer& peer = house.seat();
    peer.ask("GET k");
    a.expect("GET k");
    a.say(redirect(kind, "k", stranger.endpoint()));
    REQUIRE(house.stage.until([&] { return !house.refreshes.empty(); }));
    CHECK(house.refreshes.back().cause == RefreshCause::Unconfirmed);
    CHECK(house.refreshes.back().ask == a.endpoint());
    peer.expectQuiet();
    CHECK(stranger.connections() == 0);
    CHECK(a.waiting() == 0);

    SlotMapBuilder map;
    map.master("a", a.endpoint(), 0, 16383).master("b", stranger.endpoint());
    if (std::string(kind) == "MOVED") map.slots("b", 0, 16383);
    house.know(map);
    house.refreshEnds();
    if (std::string(kind) == "ASK") {
      a.expect("GET k");
      a.say(redirect(kind, "k", stranger.endpoint()));
      stranger.expect("ASKING");
      stranger.say(kOk);
    }
    stranger.expect("GET k");
    stranger.say(bulk("v"));
    peer.expect(bulk("v"));
  }
}

TEST_CASE("redirect: one for another slot than was asked for is an answer like any other") {
  TwoNodes two;
  two.peer.ask("GET k");
  two.a.expect("GET k");
  two.a.say(redirect("MOVED", "another", two.b.endpoint()));
  two.peer.expect(redirect("MOVED", "another", two.b.endpoint()));
  CHECK(two.b.connections() == 0);
}

TEST_CASE("redirect: a slot that nobody serves has an answer of its own, its neighbours go on") {
  House house;
  house.settings.timeouts.failoverHoldMs = 0;
  ScriptedNode a(house.stage, "a");
  const HashSlot last = hashSlot("k");
  REQUIRE(last < hashSlot("foo"));
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, last));
  Peer& peer = house.seat();
  for (const char* request : {"GET k", "GET foo", "GET k"}) peer.ask(request);
  a.expect("GET k");
  a.expect("GET k");
  a.say(bulk("v") + bulk("v"));
  peer.expect(bulk("v"));
  peer.expectLine("-CLUSTERDOWN Hash slot not served");
  peer.expect(bulk("v"));
}

TEST_CASE("redirect: before the topology is known there is one clear error") {
  House house;
  house.router();
  Peer& peer = house.seat();
  peer.ask("GET k");
  peer.expectBegin("-CLUSTERDOWN the cluster behind this proxy has not been reached yet");
  peer.ask("JSON.GET k");  // the cluster may know it
  peer.expectBegin("-CLUSTERDOWN the cluster behind this proxy has not been reached yet");
  peer.ask("PING");
  peer.expect("+PONG\r\n");
}
