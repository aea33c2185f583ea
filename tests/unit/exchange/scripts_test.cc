// What a worker tells control of scripts, and what control's letters do to it.
#include "exchange/scripts.h"

#include <doctest/doctest.h>

#include "base/sha1.h"

using namespace slotway;

namespace {

constexpr Slice kBody = "return 1";

struct Stand {
  Stand() {
    scripts.connect([this](ScriptsToControl letter) { said.push_back(std::move(letter)); });
  }
  template <class Letter>
  const Letter& last() {
    REQUIRE_FALSE(said.empty());
    REQUIRE(std::holds_alternative<Letter>(said.back()));
    return std::get<Letter>(said.back());
  }
  void hear(ScriptNews letter) { scripts.read(letter); }
  void forget(uint64_t generation) {
    ForgetScripts letter{generation};
    scripts.read(letter);
  }
  bool knows() { return scripts.find(sha1Hex(kBody)) != nullptr; }

  Scripts scripts{1 << 20};
  std::vector<ScriptsToControl> said;
};

}  // namespace

TEST_CASE("scripts: a body that is seen is told once") {
  Stand stand;
  stand.scripts.learn(kBody);
  CHECK(stand.last<ScriptNews>().script->body == kBody);
  CHECK(stand.last<ScriptNews>().generation == 1);
  stand.scripts.learn(kBody);
  CHECK(stand.said.size() == 1);
}

TEST_CASE("scripts: another worker's body is known and not told again") {
  Stand other;
  other.scripts.learn(kBody);
  Stand stand;
  stand.hear(other.last<ScriptNews>());
  CHECK(stand.knows());
  stand.scripts.learn(kBody);
  CHECK(stand.said.empty());
}

TEST_CASE("scripts: what is no script is forgotten here and elsewhere") {
  Stand other;
  Stand stand;
  other.scripts.learn(kBody);
  stand.hear(other.last<ScriptNews>());
  other.scripts.drop(kBody);
  CHECK_FALSE(other.knows());
  CHECK(other.last<ScriptNews>().kind == ScriptNews::Kind::Useless);
  stand.hear(other.last<ScriptNews>());
  CHECK_FALSE(stand.knows());
}

TEST_CASE("scripts: all is forgotten, and news from before comes too late") {
  Stand other;
  other.scripts.learn(kBody);
  Stand stand;
  stand.scripts.learn(kBody);
  stand.forget(2);
  CHECK_FALSE(stand.knows());
  CHECK(stand.last<ScriptsForgotten>().generation == 2);
  stand.hear(other.last<ScriptNews>());
  CHECK_FALSE(stand.knows());
  stand.scripts.learn(kBody);
  CHECK(stand.last<ScriptNews>().generation == 2);
}

TEST_CASE("scripts: not forgotten while a body of before is on its way to a node") {
  Stand stand;
  const uint64_t first = stand.scripts.beginRepair();
  const uint64_t second = stand.scripts.beginRepair();
  stand.forget(2);
  CHECK(stand.said.empty());
  const uint64_t later = stand.scripts.beginRepair();
  stand.scripts.endRepair(first);
  CHECK(stand.said.empty());
  stand.forget(3);
  stand.scripts.endRepair(second);
  CHECK(stand.said.size() == 1);
  CHECK(stand.last<ScriptsForgotten>().generation == 2);
  stand.scripts.endRepair(later);
  CHECK(stand.last<ScriptsForgotten>().generation == 3);
}

TEST_CASE("scripts: a wish is open until it is granted, whatever the order") {
  Stand stand;
  const uint64_t one = stand.scripts.wish({ScriptWish::Kind::ForgetAll});
  const uint64_t two = stand.scripts.wish({ScriptWish::Kind::HearAll});
  CHECK(stand.last<ScriptWish>().ticket == two);
  CHECK_FALSE(stand.scripts.granted(one));
  WishGranted letter{two};
  stand.scripts.read(letter);
  CHECK(stand.scripts.granted(two));
  CHECK_FALSE(stand.scripts.granted(one));
  CHECK(stand.scripts.granted(0));
}
