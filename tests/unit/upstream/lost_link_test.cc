// What becomes of legs when a connection cannot be made, is lost or hangs; and how it comes back.
#include "upstream/link_stand.h"

using namespace slotway;
using namespace slotway::test;

using Strings = std::vector<std::string>;

namespace {

bool connected(LinkStand& stand) {
  stand.submit("PING");
  stand.node.expect("PING");
  stand.node.say("+PONG\r\n");
  return stand.settled(1) == Strings{"replied +PONG"};
}

}  // namespace

TEST_CASE("lost link: sent legs are lost, queued ones unsent, each kind in order") {
  LinkStand stand;
  REQUIRE(connected(stand));
  stand.node.socket(0).reading = false;
  // The large one fills the socket, so what comes after it waits in the queue.
  stand.submit("SET a 1");
  Leg& large = stand.submit("SET b " + std::string(4 * 1024 * 1024, 'x'));
  REQUIRE(stand.stage.until([&] { return large.state == LegState::Sent; }));
  Leg& c = stand.submit("SET c 3");
  Leg& d = stand.submit("SET d 4");
  stand.stage.pass();
  CHECK(c.state == LegState::Queued);
  std::vector<Leg*> order;
  stand.onSettled = [&](Leg& leg, Outcome) { order.push_back(&leg); };
  stand.node.socket(0).reset();
  CHECK(stand.settled(4) == Strings{"lost", "lost", "unsent", "unsent"});
  CHECK(order[1] == &large);
  CHECK(order[2] == &c);
  CHECK(order[3] == &d);
  CHECK(c.state == LegState::Idle);
  CHECK(stand.link->failures() == 1);
  CHECK(stand.cells.get(Gauge::Links) == 0);
}

TEST_CASE("lost link: what may have run does not run later, where it is given up") {
  LinkStand stand;
  REQUIRE(connected(stand));
  SUBCASE("with something under way the connection is reset") {
    stand.submit("SET k 1");
    stand.node.expect("SET k 1");
    stand.link->close("given up");
    CHECK(stand.settled(1) == Strings{"lost"});
    REQUIRE(stand.stage.until([&] { return stand.node.socket(0).ended(); }));
    CHECK(stand.node.socket(0).wasReset());
  }
  SUBCASE("with nothing it ends in order") {
    stand.link->close("not needed");
    REQUIRE(stand.stage.until([&] { return stand.node.socket(0).ended(); }));
    CHECK_FALSE(stand.node.socket(0).wasReset());
  }
}

TEST_CASE("lost link: comes back by itself for legs that are submitted again while others settle") {
  LinkStand stand;
  REQUIRE(connected(stand));
  stand.submit("GET a");
  stand.submit("GET b");
  stand.node.expect("GET a");
  stand.node.expect("GET b");
  stand.onSettled = [&](Leg& leg, Outcome outcome) {
    if (outcome == Outcome::Lost) stand.again(leg);
  };
  stand.node.hangUp();
  CHECK(stand.settled(2) == Strings{"lost", "lost"});
  stand.node.expect("GET a");
  stand.node.expect("GET b");
  CHECK(stand.node.connections() == 2);
  stand.node.say("+a\r\n+b\r\n");
  CHECK(stand.settled(2) == Strings{"replied +a", "replied +b"});
  CHECK(stand.recovered == 1);
  CHECK(stand.link->failures() == 0);
  CHECK(stand.failures == Strings{"the node closed the connection"});
}

TEST_CASE("lost link: half a reply of the old connection does not reach the new one") {
  LinkStand stand;
  REQUIRE(connected(stand));
  stand.submit("GET a");
  stand.node.expect("GET a");
  stand.node.say("$10\r\nhalf");
  stand.stage.pass();
  stand.node.hangUp();
  CHECK(stand.settled(1) == Strings{"lost"});
  stand.submit("GET b");
  stand.node.expect("GET b");
  stand.node.say("+b\r\n");
  CHECK(stand.settled(1) == Strings{"replied +b"});
}

TEST_CASE("lost link: after ASKING's answer has come, the next connection's first answer is not swallowed") {
  LinkStand stand;
  REQUIRE(connected(stand));
  Leg& leg = stand.prepare("GET a");
  leg.asking = true;
  stand.link->submit(leg);
  stand.node.expect("ASKING");
  stand.node.expect("GET a");
  stand.node.say(kOk);
  stand.stage.pass();
  stand.node.hangUp();
  CHECK(stand.settled(1) == Strings{"lost"});
  stand.again(leg);
  stand.node.expect("ASKING");
  stand.node.expect("GET a");
  stand.node.say("+OK\r\n+a\r\n");
  CHECK(stand.settled(1) == Strings{"replied +a"});
}

TEST_CASE("lost link: nobody listens, then somebody does") {
  LinkStand stand;
  stand.node.stopListening();
  stand.submit("GET a");
  stand.onSettled = [&](Leg& leg, Outcome outcome) {
    if (outcome == Outcome::Unsent) stand.again(leg);
  };
  REQUIRE(stand.stage.until([&] { return stand.failures.size() >= 5; }));
  CHECK(stand.failures[0] == "connection refused");
  CHECK(stand.link->failures() >= 5);
  stand.node.listenAgain();
  stand.node.expect("GET a");
  stand.node.say("+a\r\n");
  REQUIRE(stand.stage.until([&] { return stand.link->idle(); }));
  CHECK(stand.settled(0).back() == "replied +a");
  CHECK(stand.recovered == 1);
}

TEST_CASE("lost link: a node that accepts and says nothing is given up after the time-out") {
  LinkStand stand;
  stand.timeouts.connectMs = 20;
  stand.node.answersGreeting = false;
  stand.submit("GET a");
  CHECK(stand.settled(1) == Strings{"unsent"});
  CHECK(stand.failures == Strings{"no connection within the time-out"});
}

TEST_CASE("lost link: refused credentials and another node's identity") {
  struct Case {
    const char* name;
    const char* authReply;
    const char* identity;
    const char* reason;
    const char* outcome;
  };
  const Case cases[] = {
      {"wrong password", "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "node-1",
       "WRONGPASS invalid username-password pair or user is disabled.", "denied"},
      {"another node", "+OK\r\n", "node-2", "another node answers at this address", "unsent"},
  };
  for (const Case& each : cases) {
    const std::string answers = each.authReply + bulk(each.identity) + std::string(kOk);
    for (size_t cut = 1; cut <= answers.size(); ++cut) {
      CAPTURE(each.name);
      CAPTURE(cut);
      LinkStand stand("secret");
      stand.node.answersGreeting = false;
      stand.submit("GET a");
      stand.node.expect("AUTH secret");
      stand.node.say(answers.substr(0, cut));
      stand.stage.turn();
      stand.stage.turn();
      stand.node.say(answers.substr(cut));
      CHECK(stand.settled(1) == Strings{each.outcome});
      REQUIRE(stand.failures.size() == 1);
      CHECK(stand.failures[0] == each.reason);
      CHECK(stand.node.raw(0).find("GET") == std::string::npos);
    }
  }
}

TEST_CASE("lost link: a node that hangs, by the clock of what is awaited and of what has come") {
  LinkStand stand;
  REQUIRE(connected(stand));
  constexpr uint64_t kLimitUs = 1000000;
  stand.link->checkStalled(stand.stage.loop.nowUs() + 10 * kLimitUs, kLimitUs);
  CHECK(stand.failures.empty());  // nothing is awaited

  Leg& leg = stand.submit("GET a");
  stand.submit("GET b");
  stand.node.expect("GET a");
  stand.link->checkStalled(leg.sentUs + kLimitUs, kLimitUs);
  CHECK(stand.failures.empty());
  stand.link->checkStalled(stand.stage.loop.nowUs() + kLimitUs + 1000000, kLimitUs);
  CHECK(stand.settled(2) == Strings{"lost", "lost"});
  CHECK(stand.failures == Strings{"no reply for 1000 ms"});
}

TEST_CASE("lost link: a node that wants credentials when we have none") {
  LinkStand stand;
  stand.node.answersGreeting = false;
  stand.submit("GET a");
  stand.node.expect("CLUSTER MYID");
  stand.node.say("-NOAUTH Authentication required.\r\n");
  CHECK(stand.settled(1) == Strings{"denied"});
  CHECK(stand.failures == Strings{"NOAUTH Authentication required."});
}

TEST_CASE("lost link: what stood behind the bytes that the kernel took was not sent") {
  LinkStand stand;
  REQUIRE(connected(stand));
  stand.node.socket(0).reading = false;
  Leg& large = stand.submit("SET k " + std::string(16 * 1024 * 1024, 'x'));
  Leg& behind = stand.submit("SET k 2");
  REQUIRE(stand.stage.until([&] { return behind.state == LegState::Sent; }));
  CHECK(large.state == LegState::Sent);
  stand.link->close("enough");
  CHECK(stand.settled(2) == Strings{"lost", "unsent"});
}

TEST_CASE("lost link: close settles everything, and says nothing of a connection that there never was") {
  LinkStand stand;
  REQUIRE(connected(stand));
  stand.submit("GET a");
  stand.node.expect("GET a");
  stand.submit("GET b");
  stand.link->close("over");
  CHECK(stand.settled(2) == Strings{"lost", "unsent"});
  CHECK(stand.link->state() == Link::State::Closed);
  CHECK(stand.cells.get(Gauge::Links) == 0);
  REQUIRE(stand.stage.until([&] { return stand.node.socket(0).ended(); }));
  stand.stage.pass();
  CHECK(stand.node.connections() == 1);

  LinkStand unused;
  unused.link->close("over");
  CHECK(unused.failures.empty());
}

TEST_CASE("lost link: goes at any moment of connecting and greeting") {
  for (int turns = 0; turns < 8; ++turns) {
    LinkStand stand;
    stand.submit("GET a");
    for (int i = 0; i < turns; ++i) stand.stage.turn();
    stand.letGo();
    CHECK(stand.settled(1).size() == 1);
    stand.stage.pass();
  }
}
