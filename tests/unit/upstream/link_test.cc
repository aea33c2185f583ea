#include "upstream/link.h"

#include "upstream/link_stand.h"

using namespace slotway;
using namespace slotway::test;

using Strings = std::vector<std::string>;

TEST_CASE("link: connects with the first leg, greets, and answers in order") {
  LinkStand stand;
  stand.stage.pass();
  CHECK(stand.node.connections() == 0);
  for (int i = 0; i < 100; ++i) stand.submit("GET k" + std::to_string(i));
  CHECK(stand.link->state() == Link::State::Idle);  // nothing happens inside submit()
  for (int i = 0; i < 100; ++i) stand.node.expect("GET k" + std::to_string(i));
  Strings expected;
  for (int i = 0; i < 100; ++i) {
    stand.node.say(":" + std::to_string(i) + "\r\n");
    expected.push_back("replied :" + std::to_string(i));
  }
  CHECK(stand.settled(100) == expected);
  CHECK(stand.link->idle());
  CHECK(stand.node.connections() == 1);
  CHECK(stand.node.raw(0).starts_with(wireOf("CLUSTER MYID") + wireOf("CLIENT SETNAME slotway") + wireOf("GET k0")));
  CHECK(stand.cells.get(Gauge::Links) == 1);
}

TEST_CASE("link: replies in pieces, cut at every byte") {
  const std::string replies = "+OK\r\n$5\r\nhello\r\n*2\r\n$-1\r\n*1\r\n:7\r\n-ERR no\r\n";
  LinkStand stand;
  for (size_t cut = 1; cut < replies.size(); ++cut) {
    CAPTURE(cut);
    for (int i = 0; i < 4; ++i) stand.submit("GET k");
    for (int i = 0; i < 4; ++i) stand.node.expect("GET k");
    stand.node.say(replies.substr(0, cut));
    stand.stage.turn();
    stand.stage.turn();
    stand.node.say(replies.substr(cut));
    const Strings expected = {"replied +OK", "replied $5\r\nhello", "replied *2\r\n$-1\r\n*1\r\n:7", "replied -ERR no"};
    CHECK(stand.settled(4) == expected);
  }
  CHECK(stand.node.connections() == 1);
}

TEST_CASE("link: a reply that drips in byte by byte") {
  LinkStand stand;
  stand.submit("GET k");
  stand.node.expect("GET k");
  for (const char byte : std::string("*2\r\n$3\r\nabc\r\n:12\r\n")) {
    stand.node.say({&byte, 1});
    stand.stage.turn();
  }
  CHECK(stand.settled(1) == Strings{"replied *2\r\n$3\r\nabc\r\n:12"});
}

TEST_CASE("link: ASKING goes directly before its command and its answer is swallowed, whatever it is") {
  for (const char* answer : {"+OK\r\n", "-ERR This instance has cluster support disabled\r\n"}) {
    CAPTURE(answer);
    LinkStand stand;
    stand.submit("GET a");
    Leg& leg = stand.prepare("GET b");
    leg.asking = true;
    stand.link->submit(leg);
    stand.submit("GET c");
    for (const char* request : {"GET a", "ASKING", "GET b", "GET c"}) stand.node.expect(request);
    const std::string together = wireOf("GET a") + wireOf("ASKING") + wireOf("GET b") + wireOf("GET c");
    CHECK(stand.node.raw(0).ends_with(together));
    stand.node.say("+a\r\n");
    CHECK(stand.settled(1) == Strings{"replied +a"});
    stand.node.say(answer);
    stand.stage.pass();
    CHECK(stand.settled(0).empty());
    stand.node.say("+b\r\n+c\r\n");
    CHECK(stand.settled(2) == Strings{"replied +b", "replied +c"});
  }
}

TEST_CASE("link: large requests leave whole and in their place, also to a slow node") {
  LinkStand stand;
  REQUIRE((stand.submit("PING"), stand.ready()));
  stand.node.expect("PING");
  stand.node.socket(0).reading = false;
  const std::string large(3 * 1024 * 1024, 'x');
  const std::string middling(5000, 'y');
  stand.submit("SET a 1");
  stand.submit("SET b " + large);
  stand.submit("SET c " + middling);
  stand.stage.pass();
  stand.submit("SET d 2");
  stand.stage.pass();
  stand.node.socket(0).reading = true;
  stand.node.expect("SET a 1");
  stand.node.expect("SET b " + large);
  stand.node.expect("SET c " + middling);
  stand.node.expect("SET d 2");
  stand.node.say("+PONG\r\n:1\r\n:2\r\n:3\r\n:4\r\n");
  CHECK(stand.settled(5) == Strings{"replied +PONG", "replied :1", "replied :2", "replied :3", "replied :4"});
}

TEST_CASE("link: an answer to a request that has not left ends the connection, and the request's memory is not read any more") {
  LinkStand stand;
  REQUIRE((stand.submit("PING"), stand.ready()));
  stand.node.expect("PING");
  stand.node.say("+PONG\r\n");
  CHECK(stand.settled(1).size() == 1);
  stand.node.socket(0).reading = false;
  Leg& leg = stand.submit("SET k " + std::string(4 * 1024 * 1024, 'x'));
  stand.onSettled = [&](Leg& settled, Outcome) { settled.wire.clear(); };  // as its exchange does
  REQUIRE(stand.stage.until([&] { return leg.state == LegState::Sent; }));
  stand.node.say("-ERR Protocol error: invalid bulk length\r\n");
  CHECK(stand.settled(1).size() == 1);
  stand.node.socket(0).reading = true;
  REQUIRE(stand.stage.until([&] { return stand.node.socket(0).ended(); }));
  CHECK(stand.failures == Strings{"a reply to half a request"});
}

TEST_CASE("link: an answer that nobody waits for ends the connection") {
  LinkStand stand;
  stand.submit("GET k");
  stand.node.expect("GET k");
  stand.node.say("+one\r\n+two\r\n");
  CHECK(stand.settled(1) == Strings{"replied +one"});
  REQUIRE(stand.stage.until([&] { return stand.failures.size() == 1; }));
  CHECK(stand.failures[0] == "+two");
  CHECK(stand.link->state() != Link::State::Ready);
}

TEST_CASE("link: what is no RESP ends the connection") {
  LinkStand stand;
  stand.submit("SET k v");
  stand.submit("GET k");
  stand.node.expect("SET k v");
  stand.node.say("+OK\r\nwhat?\r\n");
  CHECK(stand.settled(2) == Strings{"replied +OK", "lost"});
  CHECK(stand.failures == Strings{"unintelligible reply"});
  CHECK(stand.cells.get(Counter::Failures, static_cast<size_t>(Failure::UpstreamProtocol)) == 1);
}

TEST_CASE("link: a leg that is taken back is not sent") {
  LinkStand stand;
  stand.submit("GET a");
  Leg& back = stand.submit("GET b");
  stand.submit("GET c");
  stand.link->cancel(back);
  CHECK(back.state == LegState::Idle);
  stand.node.expect("GET a");
  stand.node.expect("GET c");
  stand.node.say("+a\r\n+c\r\n");
  CHECK(stand.settled(2) == Strings{"replied +a", "replied +c"});
}

TEST_CASE("link: recall gives back, in order, what has not been written") {
  LinkStand stand;
  stand.submit("GET a");
  stand.node.expect("GET a");
  stand.submit("GET b");
  stand.submit("GET c");
  stand.link->recall();
  CHECK(stand.settled(2) == Strings{"unsent", "unsent"});
  stand.node.expectQuiet();
  stand.node.say("+a\r\n");
  CHECK(stand.settled(1) == Strings{"replied +a"});
}

TEST_CASE("link: drains when its legs are answered") {
  LinkStand stand;
  stand.submit("GET a");
  stand.node.expect("GET a");
  stand.link->drain();
  stand.stage.pass();
  CHECK(stand.drained == 0);
  stand.node.say("+a\r\n");
  CHECK(stand.settled(1) == Strings{"replied +a"});
  CHECK(stand.drained == 1);

  LinkStand idle;
  idle.link->drain();
  CHECK(idle.drained == 1);
}
