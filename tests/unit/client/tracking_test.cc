#include "client/tracking.h"

#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kAny = ">2\r\n$10\r\ninvalidate\r\n_\r\n";

std::string told(Slice key) { return ">2\r\n$10\r\ninvalidate\r\n*1\r\n" + bulk(key); }

// Two masters, and a client that speaks RESP3. The keys "k" and "l" are at b, "b" is at a.
struct Stand {
  explicit Stand(uint64_t reconnectMs = 0) {
    if (reconnectMs != 0) house.settings.timeouts.reconnectMinMs = house.settings.timeouts.reconnectMaxMs = reconnectMs;
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

TEST_CASE("tracking: refused where a node has too many connections already") {
  Stand stand;
  stand.house.settings.limits.nodeConnections = 1;
  stand.peer.ask("GET k");
  stand.b.expect("GET k");
  stand.b.say(bulk("1"));
  stand.peer.expect(bulk("1"));
  stand.peer.ask("CLIENT TRACKING ON");
  stand.peer.expectLine("-" + std::string(textOf(Failure::NodeConnections)));
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

namespace {

constexpr uint64_t kReconnectMs = 200;

// A client that speaks RESP2, number 2, and one that it redirects to.
struct OldStand : Stand {
  OldStand() : Stand(kReconnectMs), tracker(house.seat()) {}
  void expectEars() {
    a.expect("PING");
    a.say("+PONG\r\n");
    b.expect("PING");
    b.say("+PONG\r\n");
  }
  void track(const std::string& options) {
    tracker.ask("CLIENT TRACKING ON REDIRECT 1" + options);
    expectEars();
    tracker.expectLine("+OK");
  }
  void read(Slice answer) {
    tracker.ask("GET k");
    b.expect("GET k");
    b.say(answer);
    tracker.expect(answer);
  }

  Peer& tracker;
};

}  // namespace

TEST_CASE("tracking: in RESP2 the nodes tell a RESP3 link beside those that serve the client") {
  OldStand stand;
  stand.track(" OPTOUT");
  stand.tracker.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON REDIRECT 100 OPTOUT");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say("$-1\r\n");
  stand.tracker.expect("$-1\r\n");
  CHECK(stand.b.raw(0).find("HELLO") != std::string::npos);
  CHECK(stand.b.raw(1).find("HELLO") == std::string::npos);
  stand.b.socket(0).send(told("k"));
  stand.peer.expect(told("k"));
  stand.tracker.ask("CLIENT TRACKING OFF");
  stand.tracker.expectLine("+OK");
  stand.house.router().checkStalled();
  for (Socket* link : {&stand.a.socket(0), &stand.b.socket(0), &stand.b.socket(1)}) {
    CHECK(stand.house.stage.until([&] { return link->ended(); }));
  }
  stand.read("$-1\r\n");
  stand.peer.expectQuiet();
}

TEST_CASE("tracking: in RESP2 with BCAST first the ears stand, then the links that redirect to them") {
  OldStand stand;
  stand.tracker.ask("CLIENT TRACKING ON REDIRECT 1 BCAST");
  stand.expectEars();
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    std::string asked = node->next();
    CHECK(asked.starts_with("CLIENT TRACKING ON REDIRECT 10"));
    CHECK(asked.find(" BCAST") != std::string::npos);
    stand.tracker.expectQuiet();
    node->say("+OK\r\n");
    node->expect("PING");
    node->say("+PONG\r\n");
  }
  stand.tracker.expectLine("+OK");
  stand.a.socket(0).send(told("b"));
  stand.peer.expect(told("b"));
}

TEST_CASE("tracking: while an ear is away nothing that is read is to be kept, and when it is back it has another number") {
  OldStand stand;
  stand.track("");
  stand.tracker.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON REDIRECT 100");
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  // Its answer is on its way: what is told when the ear is lost could be heard before it.
  stand.b.socket(0).close();
  stand.peer.expect(kAny);
  stand.peer.expectQuiet();
  stand.b.say("$1\r\nv\r\n");
  stand.tracker.expect("$1\r\nv\r\n");
  stand.peer.expect(kAny);
  stand.read("$1\r\nw\r\n");
  stand.peer.expect(kAny);

  REQUIRE(stand.house.stage.until([&] { return stand.b.raw(stand.b.connections() - 1).find("CLIENT\r\n$2\r\nID") != std::string::npos; }));
  const std::string number = std::to_string(ScriptedNode::number(stand.b.connections() - 1));
  stand.peer.expect(kAny);
  stand.tracker.ask("GET k");
  stand.b.expect("CLIENT TRACKING ON REDIRECT " + number);
  stand.b.say("+OK\r\n");
  stand.b.expect("GET k");
  stand.b.say("$1\r\nx\r\n");
  stand.tracker.expect("$1\r\nx\r\n");
  stand.peer.expectQuiet();
}

TEST_CASE("tracking: in RESP2 a node that will not have it is the answer") {
  OldStand stand;
  stand.tracker.ask("CLIENT TRACKING ON REDIRECT 1");
  stand.a.expect("PING");
  stand.a.say("-NOPERM no\r\n");
  stand.b.expect("PING");
  stand.b.say("+PONG\r\n");
  stand.tracker.expectLine("-NOPERM no");
  stand.tracker.ask("CLIENT GETREDIR");
  stand.tracker.expectLine(":-1");
}

TEST_CASE("tracking: what is not remembered is told to the other client behind its answer, too") {
  OldStand stand;
  stand.track(" OPTIN");
  stand.tracker.ask("CLIENT CACHING YES");
  stand.tracker.expectLine("+OK");
  stand.tracker.ask("XREAD BLOCK 0 STREAMS k 0");
  stand.b.expect("CLIENT TRACKING ON REDIRECT 100 OPTIN");
  stand.b.say("+OK\r\n");
  stand.b.expect("XREAD BLOCK 0 STREAMS k 0");
  stand.peer.expectQuiet();
  stand.b.say("*-1\r\n");
  stand.tracker.expect("*-1\r\n");
  stand.peer.expect(kAny);
}
