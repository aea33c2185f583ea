// ordering: strict. All commands of a connection take effect in the order in which they were sent.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr Slice kMoved = "-ERR the command was not executed: a later command of this connection that it must go before ran first";

// k is a's, foo is b's.
struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b") {
    house.settings.listeners.front().ordering = Ordering::Strict;
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
    peer = &house.seat();
  }
  void ask(std::initializer_list<const char*> requests) {
    for (const char* request : requests) peer->ask(request);
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer* peer = nullptr;
};

}  // namespace

TEST_CASE("strict order: a command leaves when those before it on other links have been answered") {
  Stand at;
  at.ask({"SET k 1", "SET {k}2 2", "SET foo 3", "SET k 4", "GET foo"});
  at.a.expect("SET k 1");
  at.a.expect("SET {k}2 2");
  at.a.expectQuiet();
  at.b.expectQuiet();
  at.a.say("+OK\r\n");
  at.b.expectQuiet();
  at.a.say("+OK\r\n");
  at.b.expect("SET foo 3");
  at.a.expectQuiet();
  at.b.say("+OK\r\n");
  at.a.expect("SET k 4");
  at.b.expectQuiet();
  at.a.say("+OK\r\n");
  at.b.expect("GET foo");
  at.b.say(bulk("3"));
  at.peer->expect("+OK\r\n+OK\r\n+OK\r\n+OK\r\n" + bulk("3"));
}

TEST_CASE("strict order: other connections do not wait") {
  Stand at;
  Peer& other = at.house.seat();
  at.ask({"SET k 1", "SET foo 2"});
  at.a.expect("SET k 1");
  other.ask("SET foo 9");
  at.b.expect("SET foo 9");
  at.b.say("+OK\r\n");
  other.expect("+OK\r\n");
}

TEST_CASE("strict order: a split command's parts go together, behind what is before it and before what is behind it") {
  Stand at;
  at.ask({"SET k 1", "MSET k 2 foo 2", "GET foo"});
  at.a.expect("SET k 1");
  at.b.expectQuiet();
  at.a.say("+OK\r\n");
  at.a.expect("MSET k 2");
  at.b.expect("MSET foo 2");
  at.b.say("+OK\r\n");
  at.b.expectQuiet();
  at.a.say("+OK\r\n");
  at.b.expect("GET foo");
  at.b.say(bulk("2"));
  at.peer->expect("+OK\r\n+OK\r\n" + bulk("2"));
}

TEST_CASE("strict order: what has no keys has its place, too") {
  Stand at;
  at.ask({"SET foo 1", "DBSIZE", "SET k 2"});
  at.b.expect("SET foo 1");
  at.a.expectQuiet();
  at.b.say("+OK\r\n");
  at.a.expect("DBSIZE");
  at.b.expect("DBSIZE");
  at.a.say(":1\r\n");
  at.a.expectQuiet();
  at.b.say(":2\r\n");
  at.a.expect("SET k 2");
  at.a.say("+OK\r\n");
  at.peer->expect("+OK\r\n:3\r\n+OK\r\n");
}

TEST_CASE("strict order: a refused command is not sent behind a later one that has run") {
  Stand at;
  SUBCASE("a write") {
    at.ask({"SET k 1", "GET {k}2"});
    at.a.expect("SET k 1");
    at.a.expect("GET {k}2");
    at.a.say(redirect("MOVED", "k", at.b.endpoint()) + bulk("v"));
    at.peer->expectLine(kMoved);
    at.peer->expect(bulk("v"));
    at.b.expectQuiet();
  }
  SUBCASE("but a read may be behind a read") {
    at.ask({"GET k", "GET {k}2"});
    at.a.expect("GET k");
    at.a.expect("GET {k}2");
    at.a.say(redirect("MOVED", "k", at.b.endpoint()) + bulk("v"));
    at.b.expect("GET k");
    at.b.say(bulk("w"));
    at.peer->expect(bulk("w") + bulk("v"));
  }
  SUBCASE("and it goes before those that have not left") {
    at.ask({"SET k 1", "SET foo 2"});
    at.a.expect("SET k 1");
    at.a.say(redirect("MOVED", "k", at.b.endpoint()));
    at.b.expect("SET k 1");
    at.b.expect("SET foo 2");
    at.b.say("+OK\r\n+OK\r\n");
    at.peer->expect("+OK\r\n+OK\r\n");
  }
}

TEST_CASE("strict order: a lost read is not repeated behind a write to another key") {
  Stand at;
  at.ask({"GET k", "SET {k}2 1"});
  at.a.expect("GET k");
  at.a.expect("SET {k}2 1");
  at.a.hangUp();
  at.peer->expectLine("-" + std::string(textOf(Failure::LinkLost)));
  at.peer->expectLine("-" + std::string(textOf(Failure::LinkLost)));
}
