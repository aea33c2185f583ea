// MULTI, EXEC and WATCH: kept until EXEC, sent whole, sent again whole.
#include "base/sha1.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

const std::string kQueued = "+QUEUED\r\n";
const std::string kDone(kOk);

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    // k is a's, foo is b's.
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }
  void queue(std::initializer_list<const char*> requests) {
    peer.ask("MULTI");
    peer.expect(kOk);
    for (const char* request : requests) {
      peer.ask(request);
      peer.expect(kQueued);
    }
    peer.ask("EXEC");
  }
  static void expectWhole(ScriptedNode& node, std::initializer_list<const char*> requests) {
    node.expect("MULTI");
    for (const char* request : requests) node.expect(request);
    node.expect("EXEC");
  }
  static void sayWhole(ScriptedNode& node, size_t queued, const std::string& reply) {
    std::string all = "+OK\r\n";
    for (size_t i = 0; i < queued; ++i) all += kQueued;
    node.say(all + reply);
  }
  // Two commands at a, which refuses the second one as `why`, and so all of it.
  void refuse(const std::string& why) {
    queue({"INCR k", "GET k"});
    expectWhole(a, {"INCR k", "GET k"});
    a.say(std::string("+OK\r\n") + kQueued + why + "-EXECABORT Transaction discarded because of previous errors.\r\n");
  }
  void watch() {
    peer.ask("WATCH k");
    a.expect("WATCH k");
    a.say(kOk);
    peer.expect(kOk);
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("transaction: kept until EXEC, then one write") {
  Stand stand;
  stand.queue({"INCR k", "PUBLISH c m", "GET k"});
  Stand::expectWhole(stand.a, {"INCR k", "PUBLISH c m", "GET k"});
  Stand::sayWhole(stand.a, 3, "*3\r\n:1\r\n:0\r\n$1\r\n1\r\n");
  stand.peer.expect("*3\r\n:1\r\n:0\r\n$1\r\n1\r\n");
}

TEST_CASE("transaction: in one pipeline with what stands around it, and others' commands beside it") {
  Stand stand;
  Peer& other = stand.house.seat();
  for (const char* request : {"GET foo", "MULTI", "INCR k", "EXEC", "GET k"}) stand.peer.ask(request);
  other.ask("GET {k}2");
  stand.b.expect("GET foo");
  Stand::expectWhole(stand.a, {"INCR k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  for (int i = 0; i < 2; ++i) stand.a.say(stand.a.next() == "GET k" ? bulk("1") : bulk("2"));
  other.expect(bulk("2"));
  stand.b.say(bulk("0"));
  stand.peer.expect(bulk("0") + kDone + kQueued + "*1\r\n:1\r\n" + bulk("1"));
}

TEST_CASE("transaction: refused by the cluster it goes again, whole") {
  Stand stand;
  SUBCASE("moved, as a queued command is told") { stand.refuse(redirect("MOVED", "k", stand.b.endpoint())); }
  SUBCASE("moved, as EXEC is told") {
    stand.queue({"INCR k", "GET k"});
    Stand::expectWhole(stand.a, {"INCR k", "GET k"});
    Stand::sayWhole(stand.a, 2, redirect("MOVED", "k", stand.b.endpoint()));
  }
  Stand::expectWhole(stand.b, {"INCR k", "GET k"});
  Stand::sayWhole(stand.b, 2, "*2\r\n:1\r\n" + bulk("1"));
  stand.peer.expect("*2\r\n:1\r\n" + bulk("1"));
}

TEST_CASE("transaction: one ASKING, directly before MULTI") {
  Stand stand;
  stand.refuse(redirect("ASK", "k", stand.b.endpoint()));
  stand.b.expect("ASKING");
  Stand::expectWhole(stand.b, {"INCR k", "GET k"});
  stand.b.say(kOk);
  Stand::sayWhole(stand.b, 2, "*2\r\n:1\r\n" + bulk("1"));
  stand.peer.expect("*2\r\n:1\r\n" + bulk("1"));
}

TEST_CASE("transaction: what a node refuses for good is told with the reason") {
  Stand stand;
  stand.refuse("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  stand.peer.expectLine("-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.");
}

TEST_CASE("transaction: never sent again when its end may have been read") {
  Stand stand;
  stand.queue({"INCR k"});
  Stand::expectWhole(stand.a, {"INCR k"});
  stand.a.hangUp();
  stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
}

TEST_CASE("transaction: the proxy's own answers stand at their place") {
  Stand stand;
  stand.queue({"PING", "INCR k", "CLIENT SETNAME me", "SELECT 0", "CLIENT GETNAME"});
  Stand::expectWhole(stand.a, {"INCR k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  stand.peer.expect("*5\r\n+PONG\r\n:1\r\n+OK\r\n+OK\r\n" + bulk("me"));
  stand.queue({"PING", "ECHO x"});
  stand.peer.expect("*2\r\n+PONG\r\n" + bulk("x"));
}

TEST_CASE("transaction: what asks several nodes, or other workers, is asked behind it and stands at its place") {
  Stand stand;
  SUBCASE("all nodes") {
    stand.queue({"DBSIZE", "INCR k", "PING"});
    Stand::expectWhole(stand.a, {"INCR k"});
    stand.b.expectQuiet();
    Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
    stand.a.expect("DBSIZE");
    stand.a.say(":3\r\n");
    stand.b.expect("DBSIZE");
    stand.b.say(":4\r\n");
    stand.peer.expect("*3\r\n:7\r\n:1\r\n+PONG\r\n");
  }
  SUBCASE("other workers, over a link that watches") {
    stand.watch();
    stand.queue({"INCR k", "CLIENT LIST", "ECHO x"});
    Stand::expectWhole(stand.a, {"INCR k"});
    CHECK(stand.house.questions.empty());
    Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
    REQUIRE(stand.house.stage.until([&] { return stand.house.questions.size() == 1; }));
    stand.peer.expectQuiet();
    stand.house.client(0)->answerLater(stand.house.questions[0].sequence, bulk("all"));
    stand.peer.expect("*3\r\n:1\r\n" + bulk("all") + bulk("x"));
  }
  SUBCASE("nothing but that") {
    stand.queue({"CLIENT LIST", "DBSIZE"});
    REQUIRE(stand.house.stage.until([&] { return stand.house.questions.size() == 1; }));
    stand.house.client(0)->answerLater(stand.house.questions[0].sequence, bulk("all"));
    stand.a.expect("DBSIZE");
    stand.a.say(":3\r\n");
    stand.b.expect("DBSIZE");
    stand.b.say("-ERR no\r\n");
    stand.peer.expect("*2\r\n" + bulk("all"));
    stand.peer.expectBegin("-ERR ");
  }
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
}

TEST_CASE("transaction: what is asked behind it has a deadline of its own, and errors stand at their places") {
  Stand stand;
  stand.queue({"INCR k", "DBSIZE", "ECHO x"});
  Stand::expectWhole(stand.a, {"INCR k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  stand.a.expect("DBSIZE");
  SUBCASE("that passes") {
    stand.b.expect("DBSIZE");
    stand.house.passDeadlines();
    stand.peer.expect("*3\r\n:1\r\n");
    stand.peer.expectBegin("-ERR ");
    stand.peer.expectBegin("-ERR ");
    stand.a.say(":3\r\n");
    stand.peer.ask("PING");
    stand.peer.expect("+PONG\r\n");
  }
  SUBCASE("and its client may leave meanwhile") {
    stand.house.client(0)->close();
    stand.peer.expectEnd();
    CHECK(stand.house.clientsLeft() == 0);
    stand.a.say(":3\r\n");
    stand.b.expect("DBSIZE");
    stand.b.say(":3\r\n");
    CHECK(stand.house.stage.until([&] { return !stand.house.router().hasOrphans(); }));
  }
}

TEST_CASE("transaction: what cannot be done inside one is an error at its place, as on Redis") {
  Stand stand;
  stand.queue({"MONITOR", "CLIENT SETNAME me"});
  stand.peer.expect("*2\r\n-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n+OK\r\n");
  CHECK(stand.house.questions.empty());
}

TEST_CASE("transaction: RESP may be switched inside one, for what comes behind it") {
  Stand stand;
  stand.house.serverVersion = "7.0.15";
  stand.queue({"INCR k", "HELLO 3"});
  Stand::expectWhole(stand.a, {"INCR k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  stand.peer.expect("*2\r\n:1\r\n%7\r\n");
  CHECK(stand.house.client(0)->version() == resp::Version::Resp3);
}

TEST_CASE("transaction: commands without keys go to one node") {
  Stand stand;
  stand.queue({"PUBLISH c m"});
  Stand::expectWhole(stand.a, {"PUBLISH c m"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:0\r\n");
  stand.peer.expect("*1\r\n:0\r\n");
}

TEST_CASE("transaction: refused while it is queued") {
  struct Row {
    const char* request;
    const char* error;
  };
  const Row rows[] = {
      {"nosuch", "-ERR unknown command"},
      {"GET", "-ERR wrong number of arguments for 'get' command"},
      {"GET foo", "-CROSSSLOT Key 'foo' is in another hash slot than the transaction's keys before it"},
      {"MGET k foo", "-CROSSSLOT Key 'foo' is in another hash slot than others of 'mget' inside MULTI"},
      {"FLUSHALL", "-ERR 'flushall' is not supported inside MULTI"},
      {"SCRIPT FLUSH", "-ERR 'script|flush' is not supported inside MULTI"},
      {"SHUTDOWN", "-ERR Command not allowed inside a transaction"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.request);
    Stand stand;
    stand.peer.ask("MULTI");
    stand.peer.ask("INCR k");
    stand.peer.ask(row.request);
    stand.peer.expect(kDone + kQueued);
    stand.peer.expectBegin(row.error);
    stand.peer.ask("INCR k");
    stand.peer.expect(kQueued);
    stand.peer.ask("EXEC");
    stand.peer.expectLine("-EXECABORT Transaction discarded because of previous errors.");
    stand.a.expectQuiet();
  }
}

TEST_CASE("transaction: split by slot, one after the other, when the listener says so") {
  Stand stand;
  stand.house.settings.listeners.front().crossSlotTransactions = CrossSlotTransactions::Split;
  stand.queue({"INCR foo", "INCR k", "PING", "GET foo"});
  Stand::expectWhole(stand.b, {"INCR foo", "GET foo"});
  stand.a.expectQuiet();
  SUBCASE("all goes well") {
    Stand::sayWhole(stand.b, 2, "*2\r\n:1\r\n" + bulk("1"));
    Stand::expectWhole(stand.a, {"INCR k"});
    Stand::sayWhole(stand.a, 1, "*1\r\n:7\r\n");
    stand.peer.expect("*4\r\n:1\r\n:7\r\n+PONG\r\n" + bulk("1"));
  }
  SUBCASE("the first part fails") {
    stand.b.hangUp();
    stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
    stand.a.expectQuiet();
  }
  SUBCASE("a later part fails") {
    Stand::sayWhole(stand.b, 2, "*2\r\n:1\r\n" + bulk("1"));
    Stand::expectWhole(stand.a, {"INCR k"});
    stand.a.hangUp();
    stand.peer.expectBegin("-EXECABORT part 2 of 2 of the transaction failed, those before it have run");
  }
}

TEST_CASE("watch: EXEC goes over the connection that watches, which others use afterwards") {
  Stand stand;
  stand.watch();
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("1"));
  stand.peer.expect(bulk("1"));
  stand.queue({"INCR k"});
  Stand::expectWhole(stand.a, {"INCR k"});
  CHECK(stand.a.connections() == 2);
  SUBCASE("untouched") {
    Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
    stand.peer.expect("*1\r\n:1\r\n");
    stand.watch();
    CHECK(stand.a.connections() == 2);
  }
  SUBCASE("touched") {
    Stand::sayWhole(stand.a, 1, "*-1\r\n");
    stand.peer.expect("*-1\r\n");
  }
  SUBCASE("its slot has moved") {
    stand.a.say("+OK\r\n" + redirect("MOVED", "k", stand.b.endpoint()) +
                "-EXECABORT Transaction discarded because of previous errors.\r\n");
    stand.peer.expect("*-1\r\n");
  }
  SUBCASE("lost in the middle") {
    stand.a.hangUp();
    stand.peer.expectLine("-" + std::string(textOf(Failure::LinkLost)));
  }
}

TEST_CASE("watch: a client that changes to another RESP has its answer in that one") {
  Stand stand;
  stand.watch();
  const std::string before = stand.a.raw(0);
  stand.peer.ask("HELLO 3");
  REQUIRE(stand.house.stage.until([&] { return stand.peer.socket.in.ends_with("modules\r\n*0\r\n"); }));
  stand.peer.socket.in.clear();
  stand.queue({"HGETALL k"});
  Stand::expectWhole(stand.a, {"HGETALL k"});
  CHECK(stand.a.raw(0).substr(before.size()).starts_with(wireOf("HELLO 3") + wireOf("MULTI")));
  SUBCASE("untouched") {
    Stand::sayWhole(stand.a, 1, "*1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n");
    stand.peer.expect("*1\r\n%1\r\n$1\r\nf\r\n$1\r\nv\r\n");
  }
  SUBCASE("touched") {
    Stand::sayWhole(stand.a, 1, "_\r\n");
    stand.peer.expect("_\r\n");
  }
  // Nobody else is served over it.
  CHECK(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
}

TEST_CASE("watch: a connection that ends before EXEC has forgotten what it watched") {
  Stand stand;
  stand.watch();
  stand.a.hangUp();
  stand.house.stage.pass();
  stand.queue({"INCR k"});
  stand.peer.expect("*-1\r\n");
  stand.a.expectQuiet();
}

TEST_CASE("watch: what ends it") {
  Stand stand;
  stand.watch();
  for (const char* request : {"UNWATCH", "RESET"}) {
    SUBCASE(request) {
      stand.peer.ask(request);
      stand.peer.expectBegin("+");
    }
  }
  SUBCASE("DISCARD") {
    stand.peer.ask("MULTI");
    stand.peer.ask("DISCARD");
    stand.peer.expect(kDone + kDone);
  }
  SUBCASE("its client leaves") { stand.peer.socket.close(); }
  CHECK(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
}

TEST_CASE("watch: keys of one slot only, and a transaction of the same") {
  Stand stand;
  stand.peer.ask("WATCH k foo");
  stand.peer.expectBegin("-CROSSSLOT Key 'foo'");
  stand.watch();
  stand.peer.ask("WATCH foo");
  stand.peer.expectBegin("-CROSSSLOT Key 'foo' is in another hash slot than what is watched");
  stand.peer.ask("WATCH {k}2");
  stand.a.expect("WATCH {k}2");
  stand.a.say(kOk);
  stand.peer.expect(kOk);
  stand.peer.ask("MULTI");
  stand.peer.ask("GET foo");
  stand.peer.expect(kOk);
  stand.peer.expectBegin("-CROSSSLOT Key 'foo' is in another hash slot than what is watched");
}

TEST_CASE("transaction: errors as on Redis") {
  Stand stand;
  const std::pair<const char*, const char*> steps[] = {
      {"EXEC", "-ERR EXEC without MULTI"},
      {"DISCARD", "-ERR DISCARD without MULTI"},
      {"MULTI", "+OK"},
      {"MULTI", "-ERR MULTI calls can not be nested"},
      {"WATCH k", "-ERR WATCH inside MULTI is not allowed"},
      {"UNWATCH", "+QUEUED"},
      {"EXEC", "*1"},
      {"UNWATCH", "+OK"},
      {"MULTI", "+OK"},
      {"EXEC", "*0"},
      {"MULTI", "+OK"},
      {"EXEC now", "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command"},
      {"DISCARD", "-ERR DISCARD without MULTI"},
      {"MULTI", "+OK"},
      {"MULTI x", "-ERR wrong number of arguments for 'multi' command"},
      {"DISCARD", "+OK"},
      {"MULTI", "+OK"},
      {"RESET", "+RESET"},
      {"EXEC", "-ERR EXEC without MULTI"},
  };
  for (const auto& [request, line] : steps) {
    CAPTURE(request);
    stand.peer.ask(request);
    stand.peer.expectLine(line);
    if (std::string(line) == "*1") stand.peer.expect(kOk);
  }
}

TEST_CASE("transaction: a script that is known goes with its call, once, since NOSCRIPT would come too late") {
  const std::string sha = sha1Hex("body");
  const std::string call = "EVALSHA " + sha + " 1 k";
  const std::string read = "EVALSHA_RO " + sha + " 1 k";
  Stand stand;
  SUBCASE("seen before") { stand.house.router().scripts().learn("body"); }
  SUBCASE("seen in a transaction") {
    stand.queue({"EVAL body 1 foo"});
    Stand::expectWhole(stand.b, {"EVAL body 1 foo"});
    Stand::sayWhole(stand.b, 1, "*1\r\n:1\r\n");
    stand.peer.expect("*1\r\n:1\r\n");
  }
  stand.queue({"GET k", call.c_str(), read.c_str()});
  Stand::expectWhole(stand.a, {"GET k", "EVAL body 1 k", read.c_str()});
  Stand::sayWhole(stand.a, 3, "*3\r\n:1\r\n:2\r\n:3\r\n");
  stand.peer.expect("*3\r\n:1\r\n:2\r\n:3\r\n");
}

TEST_CASE("transaction: a script that is loaded inside one can be called there") {
  Stand stand;
  const std::string sha = sha1Hex("return");
  const std::string call = "EVALSHA " + sha + " 1 k";
  stand.queue({"SCRIPT LOAD return", call.c_str()});
  Stand::expectWhole(stand.a, {"EVAL return 1 k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n$-1\r\n");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("SCRIPT LOAD return");
    node->say(bulk(sha));
  }
  stand.peer.expect("*2\r\n" + bulk(sha) + "$-1\r\n");
}

TEST_CASE("transaction: a script that nobody knows is called as it is") {
  const std::string call = "EVALSHA " + sha1Hex("body") + " 1 k";
  Stand stand;
  stand.queue({call.c_str()});
  Stand::expectWhole(stand.a, {call.c_str()});
  Stand::sayWhole(stand.a, 1, "*1\r\n-NOSCRIPT No matching script. Please use EVAL.\r\n");
  stand.peer.expect("*1\r\n-NOSCRIPT No matching script. Please use EVAL.\r\n");
}

TEST_CASE("transaction: while it brings a script, the worker has not forgotten it") {
  const std::string call = "EVALSHA " + sha1Hex("body") + " 1 k";
  Stand stand;
  Scripts& scripts = stand.house.router().scripts();
  scripts.learn("body");
  size_t said = 0;
  scripts.connect([&](const ScriptsToControl&) { ++said; });
  stand.queue({call.c_str()});
  Stand::expectWhole(stand.a, {"EVAL body 1 k"});
  stand.house.router().hear(ForgetScripts{2});
  CHECK(said == 0);
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  stand.peer.expect("*1\r\n:1\r\n");
  CHECK(said == 1);
  scripts.connect(nullptr);
}

TEST_CASE("transaction: past its deadline a part that has been sent has an unknown outcome") {
  Stand stand;
  SUBCASE("that watches") {
    stand.watch();
    stand.queue({"INCR k"});
    Stand::expectWhole(stand.a, {"INCR k"});
    stand.house.passDeadlines();
    stand.peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnknown)));
  }
  SUBCASE("with an answer of the proxy's own beside it") {
    stand.queue({"INCR k", "ECHO x"});
    Stand::expectWhole(stand.a, {"INCR k"});
    stand.house.passDeadlines();
    stand.peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnknown)));
  }
  SUBCASE("while it waits to be sent again") {
    stand.queue({"INCR k", "ECHO x"});
    Stand::expectWhole(stand.a, {"INCR k"});
    stand.a.say("+OK\r\n-CLUSTERDOWN The cluster is down\r\n"
                "-EXECABORT Transaction discarded because of previous errors.\r\n");
    const auto refused = [&] { return stand.house.cells->get(Counter::Redirects, static_cast<size_t>(RedirectKind::ClusterDown)) == 1; };
    REQUIRE(stand.house.stage.until(refused));
    stand.house.passDeadlines();
    stand.peer.expectLine("-" + std::string(textOf(Failure::ClusterDown)));
  }
}

TEST_CASE("watch: more keys on a connection that has ended, or whose slot has moved, leave EXEC to fail") {
  Stand stand;
  stand.watch();
  stand.peer.ask("WATCH {k}2");
  stand.a.expect("WATCH {k}2");
  SUBCASE("moved") { stand.a.say(redirect("MOVED", "{k}2", stand.b.endpoint())); }
  SUBCASE("ended") { stand.a.hangUp(); }
  stand.peer.expect(kOk);
  stand.queue({"INCR k"});
  stand.peer.expect("*-1\r\n");
  stand.a.expectQuiet();
}

TEST_CASE("watch: an error of the node's own is the answer, and what was watched before stays so") {
  Stand stand;
  stand.watch();
  stand.peer.ask("WATCH {k}2");
  stand.a.expect("WATCH {k}2");
  stand.a.say("-NOPERM no\r\n");
  stand.peer.expect("-NOPERM no\r\n");
  stand.queue({"INCR k"});
  Stand::expectWhole(stand.a, {"INCR k"});
  Stand::sayWhole(stand.a, 1, "*1\r\n:1\r\n");
  stand.peer.expect("*1\r\n:1\r\n");
}

TEST_CASE("watch: not answered in time its connection is given up") {
  Stand stand;
  stand.peer.ask("WATCH k");
  stand.a.expect("WATCH k");
  stand.house.passDeadlines();
  stand.peer.expectBegin("-");
  REQUIRE(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
  CHECK(stand.house.router().links(resp::Version::Resp2).idle());
}
