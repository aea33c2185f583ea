// Replies that pass through a link while they arrive, and a link that is paused for one.
#include "upstream/link_stand.h"

using namespace slotway;
using namespace slotway::test;

using Strings = std::vector<std::string>;

namespace {

std::string largeValue() {
  std::string value;
  for (int i = 0; value.size() < 500000; ++i) value += std::to_string(i) + ",";
  return value;
}

Leg& submitStreaming(LinkStand& stand, const std::string& words) {
  Leg& leg = stand.prepare(words);
  leg.mayStream = true;
  stand.link->submit(leg);
  stand.node.expect(words);
  return leg;
}

}  // namespace

TEST_CASE("large reply: passes through while it arrives, whole and once") {
  const std::string value = largeValue();
  const std::string array = "*3\r\n" + bulk(value) + ":1\r\n" + bulk(value);
  for (const std::string& reply : {bulk(value), array}) {
    for (const size_t piece : {size_t{1000}, size_t{70000}, reply.size()}) {
      CAPTURE(piece);
      LinkStand stand;
      submitStreaming(stand, "GET k");
      stand.submit("GET next");
      stand.node.expect("GET next");
      for (size_t at = 0; at < reply.size(); at += piece) {
        stand.node.say(Slice(reply).substr(at, piece));
        stand.stage.turn();
      }
      stand.node.say("+next\r\n");
      CHECK(stand.settled(2) == Strings{"streamed", "replied +next"});
      CHECK((stand.streamed == reply));
    }
  }
}

TEST_CASE("large reply: is kept whole for a leg that must not stream, and so is an error of any length") {
  LinkStand stand;
  const std::string value = largeValue();
  stand.submit("GET k");
  stand.node.expect("GET k");
  stand.node.say(bulk(value));
  CHECK((stand.settled(1) == Strings{"replied $" + std::to_string(value.size()) + "\r\n" + value}));

  submitStreaming(stand, "EVAL x 0");
  const std::string error = "-ERR " + std::string(100000, 'x');
  for (size_t at = 0; at < error.size(); at += 20000) {
    stand.node.say(Slice(error).substr(at, 20000));
    stand.stage.pass();
  }
  stand.node.say("\r\n");
  CHECK((stand.settled(1) == Strings{"replied " + error}));
  CHECK(stand.streamed == "");
}

TEST_CASE("large reply: with ASKING before it") {
  LinkStand stand;
  const std::string reply = bulk(largeValue());
  Leg& leg = stand.prepare("GET k");
  leg.mayStream = leg.asking = true;
  stand.link->submit(leg);
  stand.node.expect("ASKING");
  stand.node.expect("GET k");
  stand.node.say(std::string(kOk) + reply);
  CHECK(stand.settled(1) == Strings{"streamed"});
  CHECK((stand.streamed == reply));
}

TEST_CASE("large reply: a connection lost in the middle tears it; what waited behind it is lost") {
  LinkStand stand;
  submitStreaming(stand, "GET k");
  stand.submit("GET next");
  stand.node.expect("GET next");
  stand.node.say("$500000\r\n" + std::string(100000, 'x'));
  REQUIRE(stand.stage.until([&] { return stand.streamed.size() > 90000; }));
  stand.node.hangUp();
  CHECK(stand.settled(2) == Strings{"torn", "lost"});
}

TEST_CASE("large reply: a paused link reads nothing and is not taken for one that hangs") {
  LinkStand stand;
  submitStreaming(stand, "GET k");
  const std::string reply = bulk(largeValue());
  bool paused = false;
  stand.onBytes = [&](Leg& leg) {
    if (!std::exchange(paused, true)) leg.link->pause();
  };
  stand.node.say(reply);
  REQUIRE(stand.stage.until([&] { return paused; }));
  CHECK(stand.link->paused());
  stand.link->checkStalled(stand.stage.loop.nowUs() + 100000000, 1000);
  CHECK(stand.failures.empty());
  stand.link->resume();
  CHECK(stand.settled(1) == Strings{"streamed"});
  CHECK((stand.streamed == reply));
  CHECK(stand.stuck == 0);
}

TEST_CASE("large reply: who keeps a link paused for too long is told, and the link reads on") {
  for (const bool alone : {false, true}) {
    LinkStand stand;
    if (alone) stand.timeouts.requestDeadlineMs = 150;
    submitStreaming(stand, "GET k");
    if (!alone) stand.submit("GET next");
    const std::string reply = bulk(largeValue());
    bool paused = false;
    uint64_t pausedUs = 0;
    stand.onBytes = [&](Leg& leg) {
      if (std::exchange(paused, true)) return;
      leg.link->pause();
      pausedUs = stand.stage.loop.nowUs();
    };
    stand.node.say(reply + (alone ? "" : "+next\r\n"));
    CHECK(stand.settled(1).front() == "streamed");
    CHECK(stand.stuck == 1);
    CHECK((stand.streamed == reply));
    // Where nobody waits behind it there is time until the request deadline.
    if (alone) CHECK(stand.stage.loop.nowUs() - pausedUs >= 150 * 1000);
  }
}

TEST_CASE("large reply: a paused link that is lost and made anew reads again") {
  LinkStand stand;
  submitStreaming(stand, "GET k");
  bool paused = false;
  stand.onBytes = [&](Leg& leg) {
    if (!std::exchange(paused, true)) leg.link->pause();
  };
  stand.node.say("$500000\r\n" + std::string(100000, 'x'));
  REQUIRE(stand.stage.until([&] { return paused; }));
  stand.link->close("over");
  CHECK(stand.settled(1) == Strings{"torn"});
  stand.fresh();
  stand.submit("GET next");
  stand.node.expect("GET next");
  stand.node.say("+next\r\n");
  CHECK(stand.settled(1) == Strings{"replied +next"});
}
