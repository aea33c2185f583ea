// Commands that take from keys of several slots, and wait for them.
#include "exchange/key_watches.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

const std::string kNil = "$-1\r\n";
constexpr const char* kNoList = "*-1\r\n";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) { know(9999); }

  // k is a's, foo is b's.
  void know(uint16_t lastOfA) {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, lastOfA).master("b", b.endpoint(), lastOfA + 1, 16383));
  }
  // BLPOP has found nothing, and its keys are watched.
  void block(Peer& who, const std::string& line = "BLPOP k foo 0") {
    who.ask(line);
    a.expect("LPOP k");
    a.say(kNil);
    b.expect("LLEN foo");
    b.say(":0\r\n");
  }
  void begin() {
    block(peer);
    for (ScriptedNode* node : {&a, &b}) {
      node->expect("CLIENT TRACKING ON");
      node->say("+OK\r\n");
    }
    looks(a, "k", 0);
    looks(b, "foo", 0);
  }
  // On the link that its node tells on.
  static void looks(ScriptedNode& node, const std::string& key, int number) {
    node.expect("LLEN " + key);
    node.say(":" + std::to_string(number) + "\r\n");
  }
  // ... and it is that link which the last request came on.
  static void tell(ScriptedNode& node, const std::string& key) { node.say(">2\r\n" + bulk("invalidate") + "*1\r\n" + bulk(key)); }
  static std::string popped(const std::string& key, const std::string& value) { return "*2\r\n" + bulk(key) + bulk(value); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("take: what is there is taken at once, and nothing is watched") {
  Stand stand;
  stand.peer.ask("BLPOP k foo 0");
  stand.a.expect("LPOP k");
  stand.b.expect("LLEN foo");
  stand.b.say(":1\r\n");
  stand.a.say(kNil);
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("x"));
  stand.peer.expect(Stand::popped("foo", "x"));
  stand.peer.ask("LMPOP 2 k foo LEFT");
  stand.a.expect("LMPOP 1 k LEFT");
  stand.b.expect("LLEN foo");
  stand.b.say(":0\r\n");
  stand.a.say(kNoList);
  stand.peer.expect(kNoList);
  CHECK(stand.a.connections() == 1);
}

TEST_CASE("take: a node tells of a change, it is asked how many there are, and who waits pops") {
  Stand stand;
  stand.begin();
  stand.peer.expectQuiet();
  Stand::tell(stand.b, "foo");
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("x"));
  stand.peer.expect(Stand::popped("foo", "x"));
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
}

TEST_CASE("take: as many are woken as there are elements, the first ones first") {
  Stand stand;
  stand.begin();
  Peer& second = stand.house.seat();
  Peer& third = stand.house.seat();
  stand.block(second);
  stand.block(third);
  // What is watched already is not looked at again.
  stand.a.expectQuiet();
  stand.b.expectQuiet();
  stand.block(stand.house.seat(), "BLPOP k foo 0");
  // Speaks on the link that tells: it came second.
  const auto tells = [&] { stand.b.socket(1).send(">2\r\n" + bulk("invalidate") + "*1\r\n" + bulk("foo")); };
  tells();
  Stand::looks(stand.b, "foo", 2);
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("1"));
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("2"));
  stand.peer.expect(Stand::popped("foo", "1"));
  second.expect(Stand::popped("foo", "2"));
  stand.b.expectQuiet();
  tells();
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  // Somebody else's client was faster, but there is one more since.
  tells();
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.b.say(kNil + bulk("3"));
  stand.b.expect("LPOP foo");
  stand.b.say(kNil);
  third.expectQuiet();
  CHECK(stand.house.cells->get(Counter::VainWakes) == 2);
}

TEST_CASE("take: who leaves while it is its turn leaves that to the next") {
  Stand stand;
  stand.begin();
  Peer& second = stand.house.seat();
  stand.block(second);
  stand.b.socket(1).send(">2\r\n" + bulk("invalidate") + "*1\r\n" + bulk("foo"));
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.peer.socket.close();
  stand.b.expect("LPOP foo");
  stand.b.say(kNil + bulk("x"));
  second.expect(Stand::popped("foo", "x"));
}

TEST_CASE("take: time is up") {
  Stand stand;
  stand.block(stand.peer, "BLPOP k foo 0.05");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("CLIENT TRACKING ON");
    node->say("+OK\r\n");
  }
  stand.peer.expect(kNoList);
  // A pop that is on its way then is waited for.
  stand.a.expect("LLEN k");
  stand.b.expect("LLEN foo");
  stand.a.say(":0\r\n");
  stand.b.say(":0\r\n");
  stand.peer.ask("BLPOP k foo 0.05");
  stand.a.expect("LPOP k");
  stand.b.expect("LLEN foo");
  stand.b.say(":0\r\n");
  stand.peer.expectQuiet();
  const uint64_t since = stand.house.router().nowUs();
  REQUIRE(stand.house.stage.until([&] { return stand.house.router().nowUs() > since + 300000; }));
  stand.a.say(bulk("x"));
  stand.peer.expect(Stand::popped("k", "x"));
}

TEST_CASE("take: no deadline while it waits, one while it asks") {
  Stand stand;
  stand.begin();
  stand.house.passDeadlines();
  stand.peer.expectQuiet();
  Stand::tell(stand.b, "foo");
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.house.passDeadlines();
  stand.peer.expectBegin("-ERR no answer");
}

TEST_CASE("take: the command's own looks are repeated when their link is lost, its pops are not") {
  Stand stand;
  stand.peer.ask("BLPOP k foo 0");
  stand.a.expect("LPOP k");
  stand.a.say(kNil);
  stand.b.expect("LLEN foo");
  stand.b.hangUp();
  stand.b.expect("LLEN foo");
  stand.b.say(":1\r\n");
  stand.b.expect("LPOP foo");
  stand.b.hangUp();
  stand.peer.expectBegin("-ERR upstream connection lost");
  stand.b.expectQuiet();
}

TEST_CASE("take: when a node's memory of what is watched is lost, all is looked at again") {
  Stand stand;
  stand.begin();
  SUBCASE("its link") {
    stand.b.hangUp();
    stand.b.expect("CLIENT TRACKING ON");
    stand.b.say("+OK\r\n");
  }
  SUBCASE("the slot") {
    stand.know(14000);  // foo's is 12182
    stand.a.expect("LLEN k");
    stand.a.say(":0\r\n");
    stand.a.expect("LLEN foo");
    stand.a.say(":1\r\n");
    stand.a.expect("LPOP foo");
    stand.a.say(bulk("x"));
    stand.peer.expect(Stand::popped("foo", "x"));
    return;
  }
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("x"));
  stand.peer.expect(Stand::popped("foo", "x"));
}

TEST_CASE("take: what no node tells is found by looking again") {
  Stand stand;
  stand.begin();
  const uint64_t since = stand.house.router().nowUs();
  const auto next = [&] {
    REQUIRE(stand.house.stage.until([&] {
      stand.house.router().checkStalled();
      return stand.b.waiting() > 0;
    }));
    return stand.b.next();
  };
  // It is also asked whether it is there.
  std::string line = next();
  for (; line == "PING"; line = next()) stand.b.say("+PONG\r\n");
  CHECK(stand.house.router().nowUs() - since >= 900 * 1000);
  CHECK(line == "LLEN foo");
  stand.b.say(":1\r\n");
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("x"));
  stand.peer.expect(Stand::popped("foo", "x"));
}

TEST_CASE("take: nodes that do not speak RESP3 are asked again and again") {
  Stand stand;
  stand.house.serverVersion = "5.0.7";
  stand.know(9999);
  stand.block(stand.peer);
  Stand::looks(stand.a, "k", 0);
  Stand::looks(stand.b, "foo", 1);
  stand.b.expect("LPOP foo");
  stand.b.say(bulk("x"));
  stand.peer.expect(Stand::popped("foo", "x"));
  CHECK(stand.b.connections() == 1);
}

TEST_CASE("take: a group's consumers are woken one by one, each group by itself") {
  Stand stand;
  const auto wait = [&](const std::string& group) -> Peer& {
    Peer& peer = stand.house.seat();
    peer.ask("XREADGROUP GROUP " + group + " c BLOCK 0 STREAMS k foo > >");
    for (int step = 0; step < 2; ++step) {
      for (ScriptedNode* node : {&stand.a, &stand.b}) {
        const std::string line = node->next();
        CHECK(line.starts_with("XREADGROUP GROUP " + group + " c STREAMS "));
        node->say(kNoList);
      }
    }
    return peer;
  };
  const auto looked = [](ScriptedNode& node, const std::string& key) {
    node.expect("EXISTS " + key);
    node.say(":1\r\n");
  };
  const auto readsFrom = [](ScriptedNode& node, const std::string& group, const std::string& key, const std::string& reply) {
    node.expect("XREADGROUP GROUP " + group + " c STREAMS " + key + " >");
    node.say(reply);
  };
  Peer& first = wait("g");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("CLIENT TRACKING ON");
    node->say("+OK\r\n");
  }
  // What has come between its reading and the watch is seen at once.
  looked(stand.a, "k");
  readsFrom(stand.a, "g", "k", kNoList);
  looked(stand.b, "foo");
  readsFrom(stand.b, "g", "foo", kNoList);
  Peer& second = wait("g");
  stand.b.socket(1).send(">2\r\n" + bulk("invalidate") + "*1\r\n" + bulk("foo"));
  looked(stand.b, "foo");
  const std::string entry = "*1\r\n*2\r\n" + bulk("foo") + "*1\r\n" + bulk("entry");
  readsFrom(stand.b, "g", "foo", entry);
  first.expect(entry);
  readsFrom(stand.b, "g", "foo", kNoList);
  second.expectQuiet();
  stand.b.expectQuiet();
}

TEST_CASE("take: what has been popped does not wait for other keys' nodes") {
  Stand stand;
  stand.peer.ask("BLPOP k foo 0");
  stand.a.expect("LPOP k");
  stand.b.expect("LLEN foo");
  stand.a.say(bulk("x"));
  stand.peer.expect(Stand::popped("k", "x"));
  // What that one says late is nobody's.
  stand.peer.ask("GET foo");
  stand.b.expect("GET foo");
  stand.b.say(":1\r\n" + bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("take: time that is up, and CLIENT UNBLOCK, do not wait for nodes that are only looked at") {
  Stand stand;
  SUBCASE("time") {
    stand.peer.ask("BLPOP k foo 0.05");
    stand.a.expect("LPOP k");
    stand.b.expect("LLEN foo");
    stand.a.say(kNil);
    stand.peer.expect(kNoList);
  }
  SUBCASE("unblocked") {
    stand.peer.ask("BLPOP k foo 0");
    stand.a.expect("LPOP k");
    stand.b.expect("LLEN foo");
    std::vector<bool> told;
    SUBCASE("while it may pop") {
      stand.house.client(0)->unblock("ERROR", [&](bool unblocked) { told.push_back(unblocked); });
      CHECK(told.empty());
      SUBCASE("and it has") {
        stand.a.say(bulk("x"));
        stand.peer.expect(Stand::popped("k", "x"));
        CHECK(told == std::vector<bool>{false});
        return;
      }
      stand.a.say(kNil);
      stand.b.say(":0\r\n");
    }
    SUBCASE("while it looks") {
      stand.a.say(kNil);
      stand.peer.expectQuiet();
      stand.house.client(0)->unblock("ERROR", [&](bool unblocked) { told.push_back(unblocked); });
    }
    stand.peer.expectBegin("-UNBLOCKED client unblocked");
    CHECK(told == std::vector<bool>{true});
  }
  stand.peer.ask("PING");
  stand.peer.expectLine("+PONG");
}

TEST_CASE("take: nothing is popped later for who has left before it could be sent") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
  stand.a.stopListening();
  stand.a.hangUp();
  stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) > 0; });
  stand.peer.ask("BLPOP k foo 0");
  stand.b.expect("LLEN foo");
  stand.b.say(":0\r\n");
  stand.peer.socket.close();
  REQUIRE(stand.house.stage.until([&] { return stand.house.clientsLeft() == 0; }));
  stand.a.listenAgain();
  Peer& second = stand.house.seat();
  second.ask("GET k");
  stand.a.expect("GET k");
  stand.a.expectQuiet();
}
