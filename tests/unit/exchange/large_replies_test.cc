// Replies that come in pieces where they are a part of the answer only: whole in the end, and never without bound.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr size_t kLimit = 200'000;
const std::string kLarge(50'000, 'x');
const std::string kTooLarge(kLimit, 'x');
constexpr const char* kRefused = "-ERR the nodes have answered, with more than limits.client_output_bytes together";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    house.settings.limits.clientOutputBytes = kLimit;
    // k is a's, foo is b's.
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }
  void ask(std::initializer_list<const char*> requests) {
    for (const char* request : requests) peer.ask(request);
  }
  // A reply in two pieces.
  void say(ScriptedNode& node, const std::string& reply) {
    node.say(reply.substr(0, reply.size() - 10));
    house.stage.pass();
    node.say(reply.substr(reply.size() - 10));
  }
  void expectFit() {
    peer.ask("GET k");
    a.expect("GET k");
    a.say(bulk("v"));
    peer.expect(bulk("v"));
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("large replies: of a split command") {
  Stand stand;
  stand.ask({"MGET k foo"});
  stand.a.expect("MGET k");
  stand.b.expect("MGET foo");
  SUBCASE("within the limit") {
    stand.say(stand.a, "*1\r\n" + bulk(kLarge));
    stand.say(stand.b, "*1\r\n" + bulk(kLarge));
    stand.peer.expect("*2\r\n" + bulk(kLarge) + bulk(kLarge));
  }
  SUBCASE("beyond it, and the rest is read and dropped") {
    stand.a.say("*1\r\n$" + std::to_string(kTooLarge.size()) + "\r\n" + kTooLarge);
    stand.peer.expectBegin(kRefused);
    stand.b.say("*1\r\n$1\r\nv\r\n");
    stand.a.say("\r\n");
    CHECK(stand.house.failures(Failure::GatherLimit) == 1);
  }
  stand.expectFit();
}

TEST_CASE("large replies: of what blocks") {
  Stand stand;
  stand.ask({"BLPOP k 0"});
  stand.a.expect("BLPOP k 0");
  SUBCASE("whole") {
    stand.say(stand.a, "*2\r\n" + bulk("k") + bulk(kLarge));
    stand.peer.expect("*2\r\n" + bulk("k") + bulk(kLarge));
    stand.ask({"BLPOP k 1"});
    stand.a.expect("BLPOP k 1");
    CHECK(stand.a.connections() == 1);
    stand.a.say("*-1\r\n");
    stand.peer.expect("*-1\r\n");
  }
  SUBCASE("broken off: it has been popped, or will never have been") {
    stand.a.say("*2\r\n" + bulk("k") + "$50000\r\n" + kLarge.substr(1));
    stand.house.stage.pass();
    stand.a.hangUp();
    stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
  }
  stand.expectFit();
}

TEST_CASE("large replies: of EXEC over a connection that watches") {
  Stand stand;
  stand.ask({"WATCH k"});
  stand.a.expect("WATCH k");
  stand.a.say(kOk);
  stand.ask({"MULTI", "GET k", "EXEC"});
  stand.peer.expect("+OK\r\n+OK\r\n+QUEUED\r\n");
  for (const char* request : {"MULTI", "GET k", "EXEC"}) stand.a.expect(request);
  SUBCASE("whole") {
    stand.say(stand.a, "+OK\r\n+QUEUED\r\n*1\r\n" + bulk(kLarge));
    stand.peer.expect("*1\r\n" + bulk(kLarge));
  }
  SUBCASE("broken off") {
    stand.a.say("+OK\r\n+QUEUED\r\n*1\r\n$50000\r\n" + kLarge.substr(1));
    stand.house.stage.pass();
    stand.a.hangUp();
    stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
  }
  SUBCASE("beyond the limit") {
    stand.a.say("+OK\r\n+QUEUED\r\n*1\r\n$" + std::to_string(kTooLarge.size()) + "\r\n" + kTooLarge);
    stand.peer.expectBegin(kRefused);
  }
  stand.expectFit();
}

TEST_CASE("large replies: asked for behind a transaction, each at its place") {
  Stand stand;
  stand.house.know(SlotMapBuilder().master("a", stand.a.endpoint(), 0, 16383));
  stand.ask({"MULTI", "KEYS *", "KEYS ?", "KEYS x", "ECHO done", "EXEC"});
  stand.peer.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
  const std::string keys = "*2\r\n" + bulk(kLarge) + bulk(kLarge);
  stand.a.expect("KEYS *");
  stand.say(stand.a, keys);
  // Both together are too much, the last one is not.
  stand.a.expect("KEYS ?");
  stand.a.say(keys.substr(0, keys.size() - 10));
  stand.a.expect("KEYS x");
  stand.a.say(keys.substr(keys.size() - 10) + "*1\r\n" + bulk(kLarge));
  stand.peer.expect("*4\r\n" + keys);
  stand.peer.expectBegin(kRefused);
  stand.peer.expect("*1\r\n" + bulk(kLarge) + bulk("done"));
  CHECK(stand.house.failures(Failure::GatherLimit) == 1);
  stand.expectFit();
}
