// Scripts can answer with any text, also with one that looks like the cluster's own.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    know("a");
    peer.ask("EVAL s 1 k");
    a.expect("EVAL s 1 k");
  }
  SlotMapBuilder map(const std::string& owner) {
    SlotMapBuilder map;
    map.master("a", a.endpoint()).master("b", b.endpoint()).slots(owner, 0, 16383);
    return map;
  }
  void know(const std::string& owner) { house.know(map(owner)); }
  bool refreshAsked() {
    return house.stage.until([&] { return !house.refreshes.empty(); });
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("script: a MOVED that the cluster denies is the script's own, and it is not run twice") {
  Stand stand;
  const std::string text = redirect("MOVED", "k", stand.b.endpoint());
  stand.a.say(text);
  REQUIRE(stand.refreshAsked());
  CHECK(stand.house.refreshes.back().cause == RefreshCause::Unconfirmed);
  CHECK(stand.house.refreshes.back().ask == stand.a.endpoint());
  stand.peer.expectQuiet();
  stand.house.refreshEnds();
  stand.peer.expect(text);
  stand.a.expectQuiet();
  CHECK(stand.b.connections() == 0);
  CHECK(stand.house.cells->get(Counter::ScriptErrorsKept) == 1);
}

TEST_CASE("script: nothing is sent or connected to the address that a script names") {
  for (const char* kind : {"MOVED", "ASK"}) {
    Stand stand;
    ScriptedNode stranger(stand.house.stage, "stranger");
    const std::string text = redirect(kind, "k", stranger.endpoint());
    stand.a.say(text);
    REQUIRE(stand.refreshAsked());
    stand.house.refreshEnds();
    stand.peer.expect(text);
    CHECK(stranger.connections() == 0);
    stand.a.expectQuiet();
  }
}

TEST_CASE("script: a MOVED that the cluster confirms is followed") {
  Stand stand;
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  REQUIRE(stand.refreshAsked());
  stand.know("b");
  stand.b.expectQuiet();  // the map alone is not the refresh that was asked for
  stand.house.refreshEnds();
  stand.b.expect("EVAL s 1 k");
  stand.b.say(":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("script: an ASK is followed when the map knows of the migration") {
  Stand stand;
  stand.a.say(redirect("ASK", "k", stand.b.endpoint()));
  REQUIRE(stand.refreshAsked());
  stand.house.know(stand.map("a").migration(hashSlot("k"), "a", "b"));
  stand.house.refreshEnds();
  stand.b.expect("ASKING");
  stand.b.expect("EVAL s 1 k");
  stand.b.say("+OK\r\n:1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("script: errors that only look like the cluster's are answers") {
  for (const char* text : {"-TRYAGAIN I am busy\r\n", "-CLUSTERDOWN says the script\r\n",
                           "-READONLY You can't write against a read only replica. script: abc, on @user_script:1.\r\n"}) {
    Stand stand;
    stand.a.say(text);
    stand.peer.expect(text);
    stand.a.expectQuiet();
  }
}

TEST_CASE("script: several wait for the same confirmation, with others before and behind them") {
  Stand stand;
  const std::string text = redirect("MOVED", "k", stand.b.endpoint());
  stand.peer.ask("EVAL s 2 k {k}2");
  stand.peer.ask("GET k");
  stand.a.expect("EVAL s 2 k {k}2");
  stand.a.expect("GET k");
  stand.a.say(text + text + bulk("v"));
  REQUIRE(stand.refreshAsked());
  stand.peer.ask("GET k");
  stand.house.stage.pass();
  stand.house.refreshEnds();
  stand.peer.expect(text);
  stand.peer.expect(text);
  stand.peer.expect(bulk("v"));
  stand.a.expect("GET k");
  stand.a.say(bulk("w"));
  stand.peer.expect(bulk("w"));
}

TEST_CASE("script: a client that leaves while its script waits for the confirmation") {
  Stand stand;
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  REQUIRE(stand.refreshAsked());
  stand.house.client(0)->close();
  stand.house.stage.pass();
  CHECK(stand.house.clientsLeft() == 0);
  stand.house.refreshEnds();
  stand.a.expectQuiet();
}

TEST_CASE("script: the deadline passes before the confirmation: it may have run") {
  Stand stand;
  stand.a.say(redirect("MOVED", "k", stand.b.endpoint()));
  REQUIRE(stand.refreshAsked());
  stand.house.passDeadlines();
  stand.peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnknown)));
  stand.house.refreshEnds();
  stand.a.expectQuiet();
  stand.peer.expectQuiet();
}
