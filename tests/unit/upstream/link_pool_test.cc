#include "upstream/link_pool.h"

#include <deque>

#include "cluster/slot_map_builder.h"
#include "living/node.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand final : private LegOwner, private PoolOwner {
  Stand() : a(stage, "a"), b(stage, "b") {
    timeouts.reconnectMinMs = 1;
    timeouts.reconnectMaxMs = 2;
    pool = makePool();
    stage.loop.setTurnEnd([this] { pool->flush(); });
    know("a", "b");
  }
  ~Stand() {
    stage.loop.setTurnEnd(nullptr);
    pool.reset();
  }

  std::unique_ptr<LinkPool> makePool() {
    return std::make_unique<LinkPool>(stage.loop, static_cast<PoolOwner&>(*this), cells, connections, timeouts, upstream);
  }
  // Node 0 at a's address, node 1 at b's.
  void know(const std::string& first, const std::string& second) {
    pool->adopt(*SlotMapBuilder().master(first, a.endpoint()).master(second, b.endpoint()).build());
  }
  void submit(NodeIndex node, const std::string& words) {
    Leg& leg = legs.emplace_back();
    leg.owner = this;
    leg.wire.append(wireOf(words));
    pool->link(node).submit(leg);
  }
  /// As the worker does now and then; nothing that is silent is given up for that alone.
  void look() {
    constexpr uint64_t kHourUs = 3600ull * 1000 * 1000;
    pool->checkStalled(stage.loop.nowUs(), kHourUs);
  }
  void legSettled(Leg&, Outcome outcome, Slice) override { outcomes.push_back(outcome); }
  void legBytes(Leg&, Slice) override {}
  void legStuck(Leg&) override {}
  void poolFailed(const Endpoint& node) override { failed.push_back(node); }
  void poolLost(const Endpoint& node, uint64_t sinceUs) override {
    lost.push_back(node);
    lostSinceUs.push_back(sinceUs);
  }
  void poolReached(const Endpoint& node) override { reached.push_back(node); }
  void poolLostWrites(uint64_t) override {}

  Stage stage;
  ScriptedNode a;
  ScriptedNode b;
  Cells cells;
  Settings settings;
  NodeConnections connections{settings};
  Settings::Timeouts& timeouts = settings.timeouts;
  UpstreamSettings upstream;
  std::vector<Endpoint> failed;
  std::vector<Endpoint> lost;
  std::vector<uint64_t> lostSinceUs;
  std::vector<Endpoint> reached;
  std::vector<Outcome> outcomes;
  std::deque<Leg> legs;
  std::unique_ptr<LinkPool> pool;
};

}  // namespace

TEST_CASE("link pool: one link a node, kept while the node stays") {
  Stand stand;
  Link* const link = &stand.pool->link(0);
  CHECK(&stand.pool->link(0) == link);
  CHECK(&stand.pool->link(1) != link);
  stand.know("a", "b");
  CHECK(&stand.pool->link(0) == link);
  // Another node at the same address is another node.
  stand.know("new", "b");
  CHECK(&stand.pool->link(0) != link);
}

TEST_CASE("link pool: a link that is replaced finishes what it has") {
  Stand stand;
  stand.submit(0, "GET old");
  stand.a.expect("GET old");
  Link& old = stand.pool->link(0);
  stand.pool->replace(old);
  stand.submit(0, "GET new");
  stand.a.expect("GET new");
  CHECK(stand.a.connections() == 2);
  stand.a.say(bulk("new"));
  CHECK(stand.stage.until([&] { return stand.outcomes.size() == 1; }));
  CHECK_FALSE(stand.a.socket(0).ended());
  stand.a.socket(0).send(bulk("old"));
  CHECK(stand.stage.until([&] { return stand.outcomes.size() == 2 && stand.a.socket(0).ended(); }));
  CHECK(stand.failed.empty());
}

TEST_CASE("link pool: a link that drains and is lost goes, without coming back") {
  Stand stand;
  stand.submit(0, "GET k");
  stand.a.expect("GET k");
  stand.know("new", "b");
  stand.a.hangUp();
  CHECK(stand.stage.until([&] { return stand.outcomes.size() == 1; }));
  CHECK((stand.outcomes[0] == Outcome::Lost));
  stand.stage.pass();
  CHECK(stand.a.connections() == 1);
}

TEST_CASE("link pool: of a silent node that cannot be connected to anew nothing is expected any more") {
  Stand stand;
  stand.timeouts.busyAfterMs = 20;
  stand.submit(0, "GET k");
  stand.a.expect("GET k");
  const auto look = [&] {
    stand.look();
    return stand.outcomes.size() == 1;
  };
  SUBCASE("it can: it may be busy") {
    const uint64_t laterUs = stand.stage.loop.nowUs() + 200 * 1000;
    REQUIRE(stand.stage.until([&] { return look() || stand.stage.loop.nowUs() > laterUs; }));
    CHECK(stand.outcomes.empty());
    stand.pool->close("over");
  }
  SUBCASE("it cannot") {
    stand.a.stopListening();
    REQUIRE(stand.stage.until(look));
  }
  CHECK((stand.outcomes == std::vector<Outcome>{Outcome::Lost}));
}

TEST_CASE("link pool: a node that has had nothing to say is asked whether it is there") {
  Stand stand;
  stand.submit(0, "GET k");
  stand.a.expect("GET k");
  constexpr uint64_t kSecondUs = 1000 * 1000;
  const uint64_t nowUs = stand.stage.loop.nowUs();
  stand.pool->beat(nowUs + 100 * kSecondUs);
  stand.a.expectQuiet();  // it owes an answer
  stand.a.say(bulk("v"));
  REQUIRE(stand.stage.until([&] { return stand.outcomes.size() == 1; }));
  stand.pool->beat(stand.stage.loop.nowUs() + kSecondUs / 2);
  stand.a.expectQuiet();
  for (int i = 0; i < 2; ++i) {
    stand.pool->beat(stand.stage.loop.nowUs() + 2 * kSecondUs);
    stand.a.expect("PING");
    stand.pool->beat(stand.stage.loop.nowUs() + 4 * kSecondUs);
    stand.a.expectQuiet();
    if (i == 0) stand.a.say("-LOADING what it says does not matter\r\n");
    stand.stage.pass();
  }
  CHECK(stand.failed.empty());
  stand.pool->checkStalled(stand.stage.loop.nowUs() + 2 * kSecondUs, 60 * kSecondUs);
  CHECK(stand.failed == std::vector{stand.a.endpoint()});
  // Who asks something meanwhile is answered behind it.
  stand.submit(0, "GET l");
  stand.a.expect("GET l");
  stand.a.say("+PONG\r\n" + bulk("v"));
  REQUIRE(stand.stage.until([&] { return stand.outcomes.size() == 2; }));
  CHECK((stand.outcomes == std::vector{Outcome::Replied, Outcome::Replied}));
  CHECK(stand.b.connections() == 0);
}

TEST_CASE("link pool: a node is lost since it has been silent, not since that was noticed") {
  Stand stand;
  stand.timeouts.busyAfterMs = 50;
  stand.submit(0, "GET k");
  stand.a.expect("GET k");
  const uint64_t askedUs = stand.stage.loop.nowUs();
  stand.a.stopListening();
  REQUIRE(stand.stage.until([&] {
    stand.look();
    return !stand.lost.empty();
  }));
  CHECK(stand.stage.loop.nowUs() > askedUs + 50 * 1000);
  CHECK(stand.lostSinceUs.front() <= askedUs);
}

TEST_CASE("link pool: connections that are not for all are made so many in a second") {
  Stand stand;
  stand.settings.limits.nodeConnectsPerSecond = 1;
  const auto state = [&](LinkPool& pool) { return pool.link(0).state(); };
  struct Listener final : PoolListener {
    void poolPushed(Slice) override {}
    void poolForgot() override {}
    void poolMissed(uint64_t) override {}
  };
  Listener listener;
  std::vector<std::unique_ptr<LinkPool>> own;
  for (size_t client = 0; client < 60; ++client) {
    own.push_back(stand.makePool());
    own.back()->serve(listener, [](const std::string&) { return GreetingSteps{}; }, LinkPool::Open::WhenNeeded);
    own.back()->adopt(*SlotMapBuilder().master("a", stand.a.endpoint()).build());
    CHECK(state(*own.back()) == (client == 0 ? Link::State::Idle : Link::State::Waiting));
  }
  // One that all share does not wait, and what is lost takes its turn again, behind the others.
  CHECK(state(*stand.pool) == Link::State::Idle);
  own[0]->link(0).open();
  stand.a.stopListening();
  REQUIRE(stand.stage.until([&] { return state(*own[0]) == Link::State::Waiting; }));
  stand.a.listenAgain();
  stand.submit(0, "PING");
  stand.a.expect("PING");
  CHECK(state(*own[0]) == Link::State::Waiting);
}

TEST_CASE("link pool: gives back what is not written, of every link") {
  Stand stand;
  stand.submit(0, "GET k");
  stand.submit(1, "GET k");
  stand.pool->recall();
  CHECK((stand.outcomes == std::vector<Outcome>{Outcome::Unsent, Outcome::Unsent}));
}

TEST_CASE("link pool: tells of links that fail; closes them all") {
  Stand stand;
  stand.a.stopListening();
  stand.submit(0, "GET k");
  stand.submit(1, "GET k");
  stand.b.expect("GET k");
  CHECK(stand.stage.until([&] { return !stand.failed.empty(); }));
  CHECK(stand.failed[0] == stand.a.endpoint());
  stand.pool->close("over");
  CHECK(stand.outcomes.size() == 2);
  CHECK(stand.stage.until([&] { return stand.b.socket(0).ended(); }));
}
