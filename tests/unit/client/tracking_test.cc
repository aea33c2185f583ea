#include "client/tracking.h"

#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kAny = ">2\r\n$10\r\ninvalidate\r\n_\r\n";

std::string told(Slice key) { return ">2\r\n$10\r\ninvalidate\r\n*1\r\n" + bulk(key); }

// Two masters, and a client that speaks RESP3. The keys "k" and "l" are at b, "b" is at a.
struct Stand {
  Stand() {
    know();
    peer.ask("HELLO 3");
    peer.expectBegin("%7");
    REQUIRE(house.stage.until([&] { return peer.socket.in.ends_with("*0\r\n"); }));
    peer.socket.in.clear();
  }
  void know() {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 4999).master("b", b.endpoint(), 5000, 16383));
  }
  void track(const std::string& options) {
    peer.ask("CLIENT TRACKING ON" + options);
    peer.expectLine("+OK");
  }

  House house;
  ScriptedNode a{house.stage, "a"};
  ScriptedNode b{house.stage, "b"};
  Peer& peer{house.seat()};
};

}  // namespace

TEST_CASE("tracking: the client is served over links of its own, whose greeting asks for it") {
  Stand stand;
  stand.track("");
  stand.peer.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say(bulk("1") + told("k"));
  stand.peer.expect(bulk("1") + told("k"));
  CHECK(stand.a.connections() == 0);
  CHECK(stand.b.connections() == 1);
  stand.peer.ask("CLIENT TRACKING OFF");
  stand.peer.expectLine("+OK");
  stand.peer.ask("GET k");
  stand.b.expect("GET k");
  stand.b.say("_\r\n");
  stand.peer.expectLine("_");
  CHECK(stand.b.connections() == 2);
}

TEST_CASE("tracking: a message stands behind the answers that had come before it, and not inside one") {
  Stand stand;
  stand.track("");
  for (const char* request : {"GET b", "GET k", "PING", "GET l"}) stand.peer.ask(request);
  stand.a.expect("CLIENT TRACKING ON");
  stand.a.say("+OK\r\n");
  stand.b.expect("CLIENT TRACKING ON");
  stand.b.say("+OK\r\n");
  stand.a.expect("GET b");
  stand.b.expect("GET k");
  stand.b.expect("GET l");
  stand.b.say(bulk("old") + told("k"));
  stand.peer.expectQuiet();
  stand.a.say(bulk("B"));
  stand.peer.expect(bulk("B") + bulk("old") + told("k") + "+PONG\r\n");
  const std::string large(100'000, 'x');
  stand.b.say("$" + std::to_string(large.size()) + "\r\n" + large.substr(0, 50'000));
  stand.peer.expect("$" + std::to_string(large.size()) + "\r\n" + large.substr(0, 50'000));
  // Of another node, while this answer is on its way.
  stand.peer.ask("GET b");
  stand.a.expect("GET b");
  stand.a.say(told("b"));
  stand.peer.expectQuiet();
  stand.b.say(large.substr(50'000) + "\r\n");
  stand.peer.expect(large.substr(50'000) + "\r\n" + told("b"));
  stand.a.say(bulk("B"));
  stand.peer.expect(bulk("B"));
}

TEST_CASE("tracking: anything may have changed when slots move and when a link is lost") {
  Stand stand;
  stand.track("");
  stand.peer.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say("_\r\n");
  stand.peer.expectLine("_");
  stand.house.know(SlotMapBuilder().master("a", stand.a.endpoint(), 0, 16383).master("b", stand.b.endpoint()));
  stand.peer.expect(kAny);
  stand.know();
  stand.peer.expect(kAny);
  stand.peer.ask("GET k");
  stand.b.expect("GET k");
  stand.b.hangUp();
  stand.peer.expect(kAny);
  stand.b.expect("CLIENT TRACKING ON");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say("_\r\n");
  stand.peer.expectLine("_");
}

TEST_CASE("tracking: CACHING is said directly before the one request that it is about, and not behind an ASK") {
  Stand stand;
  stand.track(" OPTIN");
  for (const char* request : {"CLIENT CACHING YES", "CLIENT ID", "GET k", "GET l"}) stand.peer.ask(request);
  stand.peer.expect("+OK\r\n:1\r\n");
  stand.b.expect("CLIENT TRACKING ON OPTIN");
  stand.b.say("+OK\r\n");
  stand.b.expect("CLIENT CACHING YES");
  stand.b.expect("GET k");
  stand.b.expect("GET l");
  stand.b.say("+OK\r\n" + bulk("K") + bulk("L"));
  stand.peer.expect(bulk("K") + bulk("L"));
  for (const char* request : {"CLIENT CACHING YES", "MGET k b", "MGET k b"}) stand.peer.ask(request);
  stand.b.expect("CLIENT CACHING YES");
  stand.b.expect("MGET k");
  stand.a.expect("CLIENT TRACKING ON OPTIN");
  stand.a.say("+OK\r\n");
  stand.a.expect("CLIENT CACHING YES");
  stand.a.expect("MGET b");
  stand.b.say("+OK\r\n*1\r\n" + bulk("K"));
  stand.a.say("+OK\r\n*1\r\n" + bulk("B"));
  stand.peer.expect("+OK\r\n*2\r\n" + bulk("K") + bulk("B"));
  stand.b.expect("MGET k");
  stand.a.expect("MGET b");
  stand.b.say("*1\r\n_\r\n");
  stand.a.say("*1\r\n_\r\n");
  stand.peer.expect("*2\r\n_\r\n_\r\n");
  for (const char* request : {"CLIENT CACHING YES", "GET k"}) stand.peer.ask(request);
  stand.b.expect("CLIENT CACHING YES");
  stand.b.expect("GET k");
  stand.b.say("+OK\r\n" + redirect("ASK", "k", stand.a.endpoint()));
  stand.a.expect("ASKING");
  stand.a.expect("GET k");
  stand.a.say("+OK\r\n" + bulk("K"));
  stand.peer.expect("+OK\r\n" + bulk("K") + kAny);
}

TEST_CASE("tracking: with BCAST every master listens before it is answered, and again when its link was lost") {
  Stand stand;
  stand.peer.ask("CLIENT TRACKING ON BCAST PREFIX x: NOLOOP");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("CLIENT TRACKING ON BCAST PREFIX x: NOLOOP");
    node->say("+OK\r\n");
    node->expect("PING");
  }
  stand.peer.expectQuiet();
  stand.a.say("+PONG\r\n");
  stand.b.say("+PONG\r\n");
  stand.peer.expectLine("+OK");
  stand.b.say(told("x:1"));
  stand.peer.expect(told("x:1"));
  stand.b.hangUp();
  stand.peer.expect(kAny);
  stand.b.expect("CLIENT TRACKING ON BCAST PREFIX x: NOLOOP");
  // What has been read since the loss may have changed before the node was asked again.
  stand.peer.expectQuiet();
  stand.b.say("+OK\r\n");
  stand.peer.expect(kAny);
  SUBCASE("a link that it has for itself would tell everything twice") {
    stand.peer.ask("BLPOP k 1");
    stand.b.expect("BLPOP k 1");
    stand.b.say("*-1\r\n");
    stand.peer.expect("*-1\r\n");
  }
}

TEST_CASE("tracking: a node that will not have it is the answer") {
  Stand stand;
  stand.peer.ask("CLIENT TRACKING ON BCAST");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("CLIENT TRACKING ON BCAST PREFIX ");
    node->say("-NOPERM this user has no permissions to run the 'client|tracking' command\r\n");
  }
  stand.peer.expectBegin("-ERR upstream refused");
  stand.peer.ask("CLIENT GETREDIR");
  stand.peer.expectLine(":-1");
}

TEST_CASE("tracking: redirected to another client, as long as that is there") {
  Stand stand;
  Peer& listener = stand.house.seat();
  listener.ask("HELLO 3");
  REQUIRE(stand.house.stage.until([&] { return listener.socket.in.ends_with("*0\r\n"); }));
  listener.socket.in.clear();
  stand.track(" REDIRECT 2");
  stand.peer.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say("_\r\n" + told("k"));
  stand.peer.expectLine("_");
  listener.expect(told("k"));
  stand.peer.expectQuiet();
  listener.socket.close();
  REQUIRE(stand.house.stage.until([&] { return stand.house.clientsLeft() == 1; }));
  stand.b.say(told("l"));
  stand.peer.expect(">2\r\n$21\r\ntracking-redir-broken\r\n:2\r\n");
}

TEST_CASE("tracking: who leaves while its commands are on their way does not take them along") {
  Stand stand;
  stand.track("");
  stand.peer.ask("SET k 1");
  stand.b.expect("CLIENT TRACKING ON");
  stand.peer.socket.close();
  stand.b.say("+OK\r\n");
  stand.b.expect("SET k 1");
  stand.b.say("+OK\r\n");
  CHECK(stand.house.stage.until([&] { return stand.house.clientsLeft() == 0; }));
  stand.house.router().checkStalled();
}
