// What has waited longer than the deadline is answered; what comes later is consumed and reaches nobody.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    // k is a's, foo is b's.
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }
  void expectFailure(Failure failure) { peer.expectLine("-" + std::string(textOf(failure))); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("deadline: a sent command's late reply is consumed and the next one gets its own") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.house.passDeadlines();
  stand.expectFailure(Failure::DeadlineUnknown);
  CHECK(stand.house.router().hasOrphans());
  stand.peer.ask("GET {k}2");
  stand.a.expect("GET {k}2");
  stand.a.say(bulk("late") + bulk("own"));
  stand.peer.expect(bulk("own"));
  CHECK_FALSE(stand.house.router().hasOrphans());
}

TEST_CASE("deadline: half a late reply has come when it passes") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say("$4\r\nla");
  stand.house.stage.pass();
  stand.house.passDeadlines();
  stand.expectFailure(Failure::DeadlineUnknown);
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say("te\r\n" + bulk("own"));
  stand.peer.expect(bulk("own"));
}

TEST_CASE("deadline: a command that waits for a connection was not executed, and is not sent later") {
  Stand stand;
  stand.a.stopListening();
  stand.peer.ask("SET k 1");
  REQUIRE(stand.house.stage.until([&] { return stand.house.cells->get(Counter::LinkFailures) >= 1; }));
  stand.house.passDeadlines();
  stand.expectFailure(Failure::DeadlineUnsent);
  stand.a.listenAgain();
  stand.peer.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v"));
}

TEST_CASE("deadline: a node that refuses the proxy's credentials is not waited for") {
  House house;
  house.settings.upstreams.at(0).password = "stale";
  ScriptedNode node(house.stage, "a");
  node.authReply = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  house.know(SlotMapBuilder().master("a", node.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  peer.ask("SET k 1");
  peer.expectLine("-ERR upstream refused the proxy's credentials, the command was not executed");
  CHECK(house.failures(Failure::UpstreamAuth) == 1);
  CHECK(house.failures(Failure::DeadlineUnsent) == 0);
}

TEST_CASE("deadline: a refused command says what it was refused with") {
  struct Case {
    Slice refusal;
    Failure failure;
  };
  for (const Case& each : {Case{kTryAgain, Failure::TryAgain}, Case{kClusterDown, Failure::ClusterDown}}) {
    Stand stand;
    stand.peer.ask("SET k 1");
    stand.a.expect("SET k 1");
    stand.a.say(each.refusal);
    // Refused until it waits long enough to be seen waiting.
    for (int i = 0; i < 4; ++i) {
      stand.a.expect("SET k 1");
      stand.a.say(each.refusal);
    }
    REQUIRE(stand.house.stage.until([&] {
      return stand.house.cells->get(Counter::Retries, static_cast<size_t>(RetryReason::TryAgain)) +
                 stand.house.cells->get(Counter::Retries, static_cast<size_t>(RetryReason::ClusterDown)) == 5;
    }));
    stand.house.passDeadlines();
    stand.expectFailure(each.failure);
    stand.peer.ask("GET k");
    stand.a.expect("GET k");
    stand.a.say(bulk("v"));
    stand.peer.expect(bulk("v"));
  }
}

TEST_CASE("deadline: passes for the head while those behind it have their answers") {
  Stand stand;
  stand.peer.ask("GET k");
  for (int i = 0; i < 20; ++i) stand.peer.ask("GET foo");
  stand.peer.ask("PING");
  stand.a.expect("GET k");
  for (int i = 0; i < 20; ++i) {
    stand.b.expect("GET foo");
    stand.b.say(bulk("v"));
  }
  stand.peer.expectQuiet();
  stand.house.passDeadlines();
  stand.expectFailure(Failure::DeadlineUnknown);
  for (int i = 0; i < 20; ++i) stand.peer.expect(bulk("v"));
  stand.peer.expect("+PONG\r\n");
  stand.a.say(bulk("late"));
  stand.peer.expectQuiet();
}

TEST_CASE("deadline: passes for all of a pipeline, sent, waiting and answered") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.peer.ask("GET foo");
  stand.peer.ask("GET k");
  stand.peer.ask("GET foo");
  stand.a.expect("GET k");
  stand.b.expect("GET foo");
  stand.b.say(bulk("v"));
  stand.house.stage.pass();
  stand.house.passDeadlines();
  stand.expectFailure(Failure::DeadlineUnknown);
  stand.peer.expect(bulk("v"));
  stand.expectFailure(Failure::DeadlineUnknown);
  stand.expectFailure(Failure::DeadlineUnknown);
  stand.peer.ask("PING");
  stand.peer.expect("+PONG\r\n");
}

TEST_CASE("deadline: of a split command with one part answered") {
  Stand stand;
  stand.peer.ask("MSET k 1 foo 2");
  stand.a.expect("MSET k 1");
  stand.b.expect("MSET foo 2");
  stand.a.say(kOk);
  stand.house.stage.pass();
  stand.house.passDeadlines();
  const std::string line = stand.peer.expectBegin("-");
  CHECK(line.find("may have run") != std::string::npos);
  stand.b.say(kOk);
  stand.peer.ask("GET foo");
  stand.b.expect("GET foo");
  stand.b.say(bulk("2"));
  stand.peer.expect(bulk("2"));
}

TEST_CASE("deadline: a question to all workers is answered once") {
  Stand stand;
  stand.peer.ask("GET k");
  stand.peer.ask("CLIENT LIST");
  stand.a.expect("GET k");
  REQUIRE(stand.house.stage.until([&] { return stand.house.questions.size() == 1; }));
  const uint64_t sequence = stand.house.questions[0].sequence;
  stand.house.client(0)->answerLater(sequence, bulk("first"));
  stand.house.client(0)->answerLater(sequence, bulk("second"));
  stand.a.say(bulk("v"));
  stand.peer.expect(bulk("v") + bulk("first"));
  stand.peer.expectQuiet();
}
