// Commands that read keys of several slots, which are put together here.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    // k is a's, foo is b's.
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("across: nodes do their parts, the answer comes when all have") {
  Stand stand;
  stand.peer.ask("SUNION k foo {k}2");
  stand.peer.ask("GET k");
  stand.a.expect("SUNION k {k}2");
  stand.b.expect("SUNION foo");
  stand.b.say("*1\r\n" + bulk("x"));
  stand.peer.expectQuiet();
  stand.a.say("*2\r\n" + bulk("x") + bulk("y"));
  stand.peer.expect("*2\r\n" + bulk("x") + bulk("y"));
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("across: keys of one slot are their node's alone") {
  Stand stand;
  stand.peer.ask("SUNION k {k}2");
  stand.a.expect("SUNION k {k}2");
  stand.a.say("*1\r\n" + bulk("x"));
  stand.peer.expect("*1\r\n" + bulk("x"));
}

TEST_CASE("across: a redirect is followed, an error is the answer") {
  Stand stand;
  stand.peer.ask("SDIFF k foo");
  stand.a.expect("SDIFF k");
  stand.b.expect("SUNION foo");
  stand.b.say("-MOVED 12182 " + stand.a.endpoint().text() + "\r\n");
  stand.a.expect("SUNION foo");
  stand.a.say("*1\r\n" + bulk("x"));
  stand.a.say("-WRONGTYPE Operation\r\n");
  stand.peer.expect("-WRONGTYPE Operation\r\n");
}

TEST_CASE("across: what cannot be understood is no answer") {
  Stand stand;
  stand.peer.ask("SINTER k foo");
  stand.a.expect("SINTER k");
  stand.b.expect("SINTER foo");
  stand.a.say(":1\r\n");
  stand.b.say("*0\r\n");
  stand.peer.expectBegin("-ERR unintelligible reply");
}

TEST_CASE("across: no more is gathered than may be") {
  Stand stand;
  stand.house.settings.limits.crossSlotBytes = 1000;
  stand.peer.ask("SUNION k foo");
  stand.a.expect("SUNION k");
  stand.b.expect("SUNION foo");
  stand.a.say("*1\r\n" + bulk(std::string(600, 'x')));
  stand.peer.expectQuiet();
  stand.b.say("*1\r\n" + bulk(std::string(600, 'y')));
  const std::string line = stand.peer.expectBegin("-ERR the keys hold more");
  CHECK(line.find("limits.cross_slot_bytes") != std::string::npos);
  CHECK(stand.house.failures(Failure::CrossSlotLimit) == 1);
  stand.peer.ask("SUNION k {k}2");
  stand.a.expect("SUNION k {k}2");
  stand.a.say("*1\r\n" + bulk(std::string(2000, 'x')));
  stand.peer.expect("*1\r\n" + bulk(std::string(2000, 'x')));
}

TEST_CASE("across: very many keys are asked for part by part") {
  for (const bool late : {false, true}) {
    CAPTURE(late);
    Stand stand;
    std::string line = "PFCOUNT";
    for (int i = 0; i < 128; ++i) line += " k";
    stand.peer.ask(line + " foo foo");
    for (int i = 0; i < 128; ++i) stand.a.expect("GET k");
    stand.b.expectQuiet();
    if (late) stand.house.passDeadlines();
    if (late) stand.peer.expectBegin("-ERR upstream not available");
    for (int i = 0; i < 128; ++i) stand.a.say("$-1\r\n");
    if (late) {
      stand.b.expectQuiet();
      continue;
    }
    for (int i = 0; i < 2; ++i) stand.b.expect("GET foo");
    stand.b.say("$-1\r\n$-1\r\n");
    stand.peer.expect(":0\r\n");
  }
}

TEST_CASE("across: a node that says nothing is waited for until the deadline") {
  Stand stand;
  stand.peer.ask("PFCOUNT k foo");
  stand.a.expect("GET k");
  stand.b.expect("GET foo");
  stand.a.say("$-1\r\n");
  stand.house.passDeadlines();
  stand.peer.expectBegin("-ERR no answer");
  stand.peer.ask("PING");
  stand.peer.expectLine("+PONG");
}
