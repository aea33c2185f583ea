#include "pubsub/subscription_link.h"

#include <doctest/doctest.h>

#include "living/node.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Asker final : SubscriptionLinkOwner {
  void linkReady(SubscriptionLink&) override { ++ready; }
  void linkLost(SubscriptionLink&, Slice reason, bool) override { lost = reason; }
  void wishGranted(SubscriptionLink&, const SubscriptionWish& wish) override { granted.push_back(wish.topic); }
  void wishRefused(SubscriptionLink&, const SubscriptionWish& wish, Slice) override { refused.push_back(wish.topic); }
  void putOut(SubscriptionLink&, TopicKind, Slice) override {}
  void messageCame(SubscriptionLink&, const PubSubFrame&, Slice) override {}

  size_t ready = 0;
  std::string lost;
  std::vector<std::string> granted;
  std::vector<std::string> refused;
};

struct Fixture {
  Fixture() : node(stage, "a"), link(stage.loop, asker, *cells, timeouts, "a", node.endpoint(), makeGreeting("", "", "a")) {
    REQUIRE(stage.until([&] { return asker.ready == 1; }));
  }

  Stage stage;
  Settings::Timeouts timeouts;
  std::unique_ptr<Cells> cells = std::make_unique<Cells>();
  ScriptedNode node;
  Asker asker;
  SubscriptionLink link;
};

}  // namespace

TEST_CASE("subscription link: a node that runs a script has the time in which it cannot even say so") {
  Fixture at;
  const uint64_t askedMs = at.stage.loop.nowMs() + 2000;
  at.link.tick(askedMs);
  at.node.expect("PING");
  const uint64_t busyMs = askedMs + at.timeouts.busyAfterMs;
  at.link.tick(busyMs + 2000);
  CHECK(at.asker.lost == "");
  SUBCASE("then it says so, and is there") {
    at.node.say("-BUSY Redis is busy running a script.\r\n");
    at.stage.pass();
    at.link.tick(busyMs + 60000);
    CHECK(at.asker.lost == "");
    at.node.expect("PING");
  }
  SUBCASE("or is not") {
    at.link.tick(busyMs + 60000);
    CHECK(at.asker.lost == "the node is silent");
  }
}
