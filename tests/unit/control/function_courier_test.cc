// Functions brought from master to master, and control's part in what workers tell each other of scripts.
#include "control/function_courier.h"

#include "cluster/slot_map_builder.h"
#include "control/script_relay.h"
#include "living/node.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr Slice kNothing = "*0\r\n";
constexpr Slice kListed = "*1\r\n*2\r\n$9\r\nfunctions\r\n*1\r\n*2\r\n$4\r\nname\r\n$1\r\nf\r\n";
constexpr size_t kWorkers = 3;

struct Stand {
  Stand() {
    settings.upstreams.push_back({"main", UpstreamKind::Cluster, {"127.0.0.1:1"}, "", "", {}});
    stage.loop.setTurnEnd([this] { courier->flush(); });
    know({&a, &b});
  }
  ~Stand() { stage.loop.setTurnEnd(nullptr); }

  void know(std::initializer_list<ScriptedNode*> masters) {
    SlotMapBuilder map;
    HashSlot slot = 0;
    for (const ScriptedNode* node : masters) {
      map.master(node->id(), node->endpoint(), slot, slot);
      ++slot;
    }
    courier->adopt(map.build());
  }
  void bring(const std::string& function, uint64_t ticket) { courier->bring("a", function, {0, ticket}); }
  /// Lists what `giver` has, and dumps it.
  static void asked(ScriptedNode& giver, Slice list) {
    giver.expect("FUNCTION LIST");
    giver.expect("FUNCTION DUMP");
    giver.say(std::string(list) + bulk("dump"));
  }
  bool doneAre(std::vector<uint64_t> tickets) {
    return stage.until([&] { return done == tickets; });
  }

  Stage stage;
  Settings settings;
  std::unique_ptr<Cells> cells = std::make_unique<Cells>();
  std::vector<uint64_t> done;
  ScriptedNode a{stage, "a"};
  ScriptedNode b{stage, "b"};
  ScriptedNode c{stage, "c"};
  std::unique_ptr<FunctionCourier> courier = std::make_unique<FunctionCourier>(
      stage.loop, *cells, settings, 0, [this](FunctionCourier::Waiter waiter) { done.push_back(waiter.second); });
};

}  // namespace

TEST_CASE("function courier: a master is given what another has, once for all who wait") {
  Stand stand;
  stand.bring("f", 1);
  stand.bring("F", 2);
  Stand::asked(stand.b, kListed);
  stand.a.expect("FUNCTION RESTORE dump REPLACE");
  CHECK(stand.done.empty());
  stand.a.say(kOk);
  CHECK(stand.doneAre({1, 2}));
  CHECK(stand.a.connections() == 1);
}

TEST_CASE("function courier: one master after the other is asked") {
  Stand stand;
  stand.know({&stand.a, &stand.b, &stand.c});
  // c joins with this map: it is given what there is first, and there is nothing.
  Stand::asked(stand.a, kNothing);
  Stand::asked(stand.b, kNothing);
  stand.bring("f", 1);
  Stand::asked(stand.b, kNothing);
  Stand::asked(stand.c, kListed);
  stand.a.expect("FUNCTION RESTORE dump REPLACE");
  stand.a.say("-ERR no\r\n");
  CHECK(stand.doneAre({1}));
}

TEST_CASE("function courier: what nobody has is not looked for again at once") {
  Stand stand;
  stand.bring("f", 1);
  Stand::asked(stand.b, kNothing);
  CHECK(stand.doneAre({1}));
  stand.bring("f", 2);
  CHECK(stand.doneAre({1, 2}));
  stand.b.expectQuiet();
  stand.bring("g", 3);
  Stand::asked(stand.b, kListed);
  CHECK(stand.doneAre({1, 2, 3}));
}

TEST_CASE("function courier: a giver that is gone, and a node that is") {
  Stand stand;
  stand.bring("f", 1);
  stand.b.expect("FUNCTION LIST");
  stand.b.hangUp();
  CHECK(stand.doneAre({1}));
  stand.courier->bring("unknown", "f", {0, 2});
  CHECK(stand.doneAre({1, 2}));
}

TEST_CASE("function courier: a master that joins is given all, and keeps what it has") {
  Stand stand;
  stand.know({&stand.a, &stand.b, &stand.c});
  Stand::asked(stand.a, kListed);
  stand.c.expect("FUNCTION RESTORE dump APPEND");
  stand.c.say(kOk);
  stand.know({&stand.b, &stand.c});
  stand.know({&stand.a, &stand.b, &stand.c});
  stand.a.expectQuiet();
  stand.b.expectQuiet();
}

TEST_CASE("function courier: nothing is taken from a master without slots") {
  Stand stand;
  stand.courier->adopt(
      SlotMapBuilder().master("a", stand.a.endpoint(), 0, 0).master("b", stand.b.endpoint()).master("c", stand.c.endpoint(), 1, 1).build());
  stand.bring("f", 1);
  Stand::asked(stand.c, kNothing);
  CHECK(stand.doneAre({1}));
  stand.b.expectQuiet();
}

TEST_CASE("function courier: nothing is brought while functions are changed") {
  Stand stand;
  stand.courier->hold({0, 1});
  stand.courier->hold({0, 2});
  CHECK(stand.done == std::vector<uint64_t>{1, 2});
  stand.bring("f", 3);
  stand.courier->free();
  stand.b.expectQuiet();
  stand.courier->free();
  Stand::asked(stand.b, kListed);
  // What is under way comes to its end before anybody may change something.
  stand.courier->hold({0, 4});
  stand.a.expect("FUNCTION RESTORE dump REPLACE");
  CHECK(stand.done.size() == 2);
  stand.a.say(kOk);
  CHECK(stand.doneAre({1, 2, 3, 4}));
}

namespace {

struct RelayStand : Stand {
  using Sent = std::pair<size_t, ScriptsToWorker>;

  template <class Letter>
  std::vector<size_t> receivers() const {
    std::vector<size_t> workers;
    for (const auto& [worker, letter] : sent) {
      if (std::holds_alternative<Letter>(letter)) workers.push_back(worker);
    }
    return workers;
  }
  static ScriptNews seen(uint64_t generation) {
    return {ScriptNews::Kind::Seen, generation, std::make_shared<const Script>(Script{"sha", "body"})};
  }

  std::vector<Sent> sent;
  ScriptRelay relay{kWorkers, *courier, [this](size_t worker, ScriptsToWorker letter) {
                      sent.emplace_back(worker, std::move(letter));
                    }};
};

}  // namespace

TEST_CASE("script relay: a body goes to the other workers before a wish to hear all comes true") {
  RelayStand stand;
  stand.relay.read(1, RelayStand::seen(1));
  stand.relay.read(0, ScriptWish{ScriptWish::Kind::HearAll, 7});
  CHECK(stand.receivers<ScriptNews>() == std::vector<size_t>{0, 2});
  REQUIRE(std::holds_alternative<WishGranted>(stand.sent.back().second));
  CHECK(stand.sent.back().first == 0);
  CHECK(std::get<WishGranted>(stand.sent.back().second).ticket == 7);
}

TEST_CASE("script relay: forgotten is what all workers have forgotten, and older news is dropped") {
  RelayStand stand;
  stand.relay.read(1, ScriptWish{ScriptWish::Kind::ForgetAll, 7});
  CHECK(stand.receivers<ForgetScripts>() == std::vector<size_t>{0, 1, 2});
  stand.relay.read(2, RelayStand::seen(1));
  CHECK(stand.receivers<ScriptNews>().empty());
  stand.relay.read(0, ScriptsForgotten{2});
  stand.relay.read(1, ScriptsForgotten{2});
  CHECK(stand.receivers<WishGranted>().empty());
  stand.relay.read(2, ScriptsForgotten{2});
  CHECK(stand.receivers<WishGranted>() == std::vector<size_t>{1});
  stand.relay.read(2, RelayStand::seen(2));
  CHECK(stand.receivers<ScriptNews>() == std::vector<size_t>{0, 1});
}
