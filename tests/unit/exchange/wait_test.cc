// How many replicas have a client's writes: each master that it has written to is asked, and no more is told than is known.
#include "exchange/wait_call.h"
#include "living/house.h"
#include "resp/writer.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kUnblocked = "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n";
constexpr const char* kIsReplica =
    "-ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be "
    "writable (which is not the default) writes to replicas are just local and are not propagated.\r\n";

std::shared_ptr<const CommandTable> tableWithWaitAof() {
  const auto bulked = [](Slice text) { return bulk(text); };
  const std::string row = "*10\r\n" + bulked("waitaof") + ":4\r\n*1\r\n+blocking\r\n:0\r\n:0\r\n:0\r\n*0\r\n*0\r\n*0\r\n*0\r\n";
  auto table = CommandTable::builtin()->learn("*1\r\n" + row);
  REQUIRE(table.ok());
  return table.value();
}

struct Stand {
  explicit Stand(const std::string& version = "7.0.15", std::shared_ptr<const CommandTable> table = CommandTable::builtin())
      : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    house.serverVersion = version;
    house.tell(bothMasters().build(), std::move(table));
  }
  // k is a's, foo is b's.
  SlotMapBuilder bothMasters() {
    SlotMapBuilder map;
    map.master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383);
    return map;
  }
  void write(ScriptedNode& node, const std::string& key) {
    peer.ask("SET " + key + " v");
    node.expect("SET " + key + " v");
    node.say(kOk);
    peer.expect(kOk);
  }
  // The node has been asked, and says how many.
  static void asked(ScriptedNode& node, const std::string& words) {
    node.expect("PING");
    node.expect(words);
  }
  static void says(ScriptedNode& node, const std::string& reply) { node.say("+PONG\r\n" + reply); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("wait: the masters written to are asked, on links of their own, and the smallest number counts") {
  Stand stand;
  stand.write(stand.a, "k");
  SUBCASE("one master") {
    stand.peer.ask("WAIT 1 100");
    stand.asked(stand.a, "WAIT 1 100");
    stand.b.expectQuiet();
    CHECK(stand.a.connections() == 2);
    stand.says(stand.a, ":2\r\n");
    stand.peer.expect(":2\r\n");
    // As often as it is asked.
    stand.peer.ask("WAIT 1 100");
    stand.asked(stand.a, "WAIT 1 100");
    CHECK(stand.a.connections() == 2);
    stand.says(stand.a, ":2\r\n");
    stand.peer.expect(":2\r\n");
  }
  SUBCASE("two masters") {
    stand.write(stand.b, "foo");
    stand.peer.ask("WAIT 1 100");
    stand.asked(stand.a, "WAIT 1 100");
    stand.asked(stand.b, "WAIT 1 100");
    stand.says(stand.a, ":2\r\n");
    stand.peer.expectQuiet();
    stand.says(stand.b, ":1\r\n");
    stand.peer.expect(":1\r\n");
  }
}

TEST_CASE("wait: what only reads is no reason to ask a master") {
  Stand stand;
  stand.peer.ask("GET foo");
  stand.b.expect("GET foo");
  stand.b.say(bulk("v"));
  stand.peer.expect(bulk("v"));
  stand.write(stand.a, "k");
  stand.peer.ask("WAIT 1 0");
  stand.asked(stand.a, "WAIT 1 0");
  stand.b.expectQuiet();
  stand.says(stand.a, ":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("wait: what may write") {
  Stand stand;
  std::string request;
  std::string sent;
  std::string reply = ":1\r\n";
  SUBCASE("a script") { request = sent = "EVAL return{1} 1 foo"; }
  SUBCASE("a command that blocks") {
    request = sent = "BLPOP foo 0";
    reply = "*2\r\n" + bulk("foo") + bulk("v");
  }
  SUBCASE("a transaction") {
    stand.peer.ask("MULTI");
    stand.peer.ask("SET foo v");
    stand.peer.expect("+OK\r\n+QUEUED\r\n");
    request = "EXEC";
    reply = "*1\r\n+OK\r\n";
  }
  stand.peer.ask(request);
  if (sent.empty()) {
    for (const char* words : {"MULTI", "SET foo v", "EXEC"}) stand.b.expect(words);
    stand.b.say("+OK\r\n+QUEUED\r\n");
  } else {
    stand.b.expect(sent);
  }
  stand.b.say(reply);
  stand.peer.expect(reply);
  stand.peer.ask("WAIT 1 0");
  stand.asked(stand.b, "WAIT 1 0");
  stand.a.expectQuiet();
  stand.says(stand.b, ":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("wait: who has not written asks all masters that serve slots") {
  Stand stand;
  ScriptedNode empty(stand.house.stage, "empty");
  SlotMapBuilder map = stand.bothMasters();
  map.master("empty", empty.endpoint());
  stand.house.know(map);
  stand.peer.ask("WAIT 0 0");
  // There is no offset to wait for: what moves it does not go before.
  for (ScriptedNode* node : {&stand.a, &stand.b}) node->expect("WAIT 0 0");
  stand.a.say(":1\r\n");
  stand.b.say(":3\r\n");
  stand.peer.expect(":1\r\n");
  CHECK(empty.connections() == 0);
}

TEST_CASE("wait: goes when all before it is answered, and what comes behind waits for it") {
  Stand stand;
  stand.peer.ask("SET k v");
  stand.peer.ask("WAIT 1 0");
  stand.peer.ask("GET k");
  stand.a.expect("SET k v");
  stand.a.expectQuiet();
  stand.a.say(kOk);
  stand.peer.expect(kOk);
  stand.asked(stand.a, "WAIT 1 0");
  stand.a.expectQuiet();
  stand.says(stand.a, ":1\r\n");
  stand.peer.expect(":1\r\n");
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("wait: what moves a connection's offset depends on the node's version") {
  for (const char* early : {"6.2.14", "7.0.15", "7.1.0"}) CHECK(offsetMover(early) == "*1\r\n$4\r\nPING\r\n");
  for (const char* late : {"7.2.4", "7.4", "8.0.1", "10.0.0", "", "unknown"}) {
    CAPTURE(late);
    CHECK(offsetMover(late).find("RESTORE") != Slice::npos);
  }
  const std::string nothing("\x0a\x00\x5d\x9b\x5c\x40\x0f\x7f\xa2\xda", 10);
  Stand stand("7.2.4");
  stand.write(stand.a, "k");
  stand.peer.ask("WAIT 1 0");
  stand.a.expect("FUNCTION RESTORE " + nothing + " APPEND");
  stand.a.expect("WAIT 1 0");
  SUBCASE("moved") {
    stand.a.say("+OK\r\n:1\r\n");
    stand.peer.expect(":1\r\n");
  }
  SUBCASE("refused: the number is about something else") {
    stand.a.say("-OOM command not allowed when used memory > 'maxmemory'.\r\n:1\r\n");
    stand.peer.expect(":0\r\n");
  }
}

TEST_CASE("wait: no deadline but its own while the nodes may be silent") {
  Stand stand;
  stand.write(stand.a, "k");
  stand.peer.ask("WAIT 1 0");
  stand.asked(stand.a, "WAIT 1 0");
  stand.house.passDeadlines();
  stand.peer.expectQuiet();
  stand.says(stand.a, ":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("wait: a client that leaves gives its links up, all of them") {
  Stand stand;
  stand.write(stand.a, "k");
  stand.write(stand.b, "foo");
  stand.peer.ask("WAIT 1 0");
  stand.asked(stand.a, "WAIT 1 0");
  stand.asked(stand.b, "WAIT 1 0");
  SUBCASE("waiting for both") {}
  SUBCASE("waiting for one") {
    stand.says(stand.a, ":1\r\n");
    stand.house.stage.pass();
  }
  stand.peer.socket.close();
  REQUIRE(stand.house.stage.until([&] { return stand.b.socket(1).ended(); }));
  CHECK(stand.house.clientsLeft() == 0);
  CHECK_FALSE(stand.house.router().hasOrphans());
}

TEST_CASE("wait: what cannot be known counts as none, at once and once") {
  Stand stand;
  stand.write(stand.a, "k");
  stand.write(stand.b, "foo");
  const auto waits = [&] {
    stand.peer.ask("WAIT 1 0");
    stand.asked(stand.a, "WAIT 1 0");
    stand.asked(stand.b, "WAIT 1 0");
  };
  bool forgotten = false;  // what is known to be lost is no reason to ask again
  SUBCASE("its connection is lost") {
    waits();
    stand.b.hangUp();
    forgotten = true;
  }
  SUBCASE("it is a replica by now") {
    waits();
    stand.says(stand.b, kIsReplica);
  }
  SUBCASE("it becomes a replica") {
    waits();
    stand.says(stand.b, kUnblocked);
  }
  SUBCASE("it has begun anew") {
    waits();
    stand.b.say("-LOADING Redis is loading the dataset in memory\r\n-LOADING Redis is loading the dataset in memory\r\n");
  }
  SUBCASE("a connection to it was lost after the write") {
    stand.b.hangUp();
    REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
    stand.peer.ask("WAIT 1 0");
    forgotten = true;
  }
  stand.peer.expect(":0\r\n");
  // The others are not waited for, and not left blocked.
  if (stand.a.connections() > 1) CHECK(stand.house.stage.until([&] { return stand.a.socket(1).ended(); }));
  CHECK_FALSE(stand.house.router().hasOrphans());
  if (forgotten) stand.write(stand.b, "foo");
  waits();
  stand.says(stand.a, ":1\r\n");
  stand.says(stand.b, ":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("wait: a master that is one no more counts as none, once") {
  Stand stand;
  stand.write(stand.a, "k");
  stand.write(stand.b, "foo");
  SlotMapBuilder after;
  after.master("a", stand.a.endpoint(), 0, 16383);
  SUBCASE("it is a replica") { after.replica("b", stand.b.endpoint(), "a"); }
  SUBCASE("it is gone") {}
  SUBCASE("it has failed and been replaced") {
    Node failed;
    failed.id = "b";
    failed.endpoint = stand.b.endpoint();
    failed.failed = true;
    after.addNode(failed);
  }
  SUBCASE("while it is asked") {
    stand.peer.ask("WAIT 1 0");
    stand.asked(stand.a, "WAIT 1 0");
    stand.asked(stand.b, "WAIT 1 0");
  }
  const bool waiting = stand.b.connections() > 1;
  stand.house.know(after);
  if (!waiting) stand.peer.ask("WAIT 1 0");
  stand.peer.expect(":0\r\n");
  stand.peer.ask("WAIT 1 0");
  stand.asked(stand.a, "WAIT 1 0");
  stand.b.expectQuiet();
  stand.says(stand.a, ":1\r\n");
  stand.peer.expect(":1\r\n");
}

TEST_CASE("wait: a master that cannot be reached is waited for as long as the client said") {
  Stand stand;
  stand.write(stand.a, "k");
  stand.write(stand.b, "foo");
  stand.peer.ask("WAIT 0 1");
  stand.asked(stand.a, "WAIT 0 1");
  stand.asked(stand.b, "WAIT 0 1");
  stand.says(stand.a, ":1\r\n");
  stand.says(stand.b, ":1\r\n");
  stand.peer.expect(":1\r\n");
  stand.b.stopListening();
  stand.b.socket(1).close();
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
  stand.peer.ask("WAIT 1 50");
  stand.asked(stand.a, "WAIT 1 50");
  stand.house.client(0)->checkTime(stand.house.stage.loop.nowUs(), stand.house.stage.loop.nowMs());
  stand.peer.expectQuiet();
  const uint64_t laterUs = stand.house.stage.loop.nowUs() + 50000;
  stand.house.client(0)->checkTime(laterUs, stand.house.stage.loop.nowMs());
  stand.peer.expect(":0\r\n");
}

TEST_CASE("wait: what the nodes say is wrong with it is the answer") {
  Stand stand;
  stand.write(stand.a, "k");
  const char* reply = "-ERR value is not an integer or out of range\r\n";
  stand.peer.ask("WAIT x 0");
  stand.asked(stand.a, "WAIT x 0");
  stand.says(stand.a, reply);
  stand.peer.expect(reply);
  SUBCASE("also when there is nothing to be known") {
    stand.write(stand.a, "k");
    stand.a.socket(0).close();
    REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
    stand.peer.ask("WAIT x 0");
    stand.a.expect("WAIT x 0");
    stand.a.say(reply);
    stand.peer.expect(reply);
  }
  SUBCASE("a busy node's word") {
    stand.peer.ask("WAIT 1 0");
    stand.asked(stand.a, "WAIT 1 0");
    const char* busy = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
    stand.a.say(std::string(busy) + busy);
    stand.peer.expect(busy);
  }
}

TEST_CASE("wait: of two numbers each is the smallest") {
  Stand stand("7.0.15", tableWithWaitAof());
  stand.write(stand.a, "k");
  stand.write(stand.b, "foo");
  stand.peer.ask("WAITAOF 1 1 0");
  stand.asked(stand.a, "WAITAOF 1 1 0");
  stand.asked(stand.b, "WAITAOF 1 1 0");
  SUBCASE("both are known") {
    stand.says(stand.a, "*2\r\n:1\r\n:0\r\n");
    stand.says(stand.b, "*2\r\n:0\r\n:3\r\n");
  }
  SUBCASE("one is not") { stand.b.hangUp(); }
  stand.peer.expect("*2\r\n:0\r\n:0\r\n");
}

TEST_CASE("wait: the second command is there where the cluster has it") {
  Stand stand;
  stand.peer.ask("WAITAOF 0 0 0");
  stand.peer.expectLine("-ERR unknown command 'WAITAOF', with args beginning with: '0' '0' '0' ");
  CHECK(tableWithWaitAof()->named("waitaof")->lane == Lane::Special);
}

TEST_CASE("wait: inside a transaction its node answers at once") {
  Stand stand;
  stand.peer.ask("MULTI");
  stand.peer.ask("SET foo v");
  stand.peer.ask("WAIT x 0");
  stand.peer.ask("EXEC");
  stand.peer.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n");
  for (const char* words : {"MULTI", "SET foo v", "WAIT x 0", "EXEC"}) stand.b.expect(words);
  const std::string reply = "*2\r\n+OK\r\n-ERR value is not an integer or out of range\r\n";
  stand.b.say("+OK\r\n+QUEUED\r\n+QUEUED\r\n" + reply);
  stand.peer.expect(reply);
}
