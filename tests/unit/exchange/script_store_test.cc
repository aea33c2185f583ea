#include "exchange/script_store.h"

#include <doctest/doctest.h>

#include "base/sha1.h"

using namespace slotway;

namespace {

constexpr size_t kRoomForThree = 3 * (ScriptStore::kEntryBytes + 10);

std::string body(char letter) { return std::string(10, letter); }
std::string sha(char letter) { return sha1Hex(body(letter)); }

}  // namespace

TEST_CASE("script store: a body is found by its sum, in either case") {
  ScriptStore store(1 << 20);
  const SharedScript script = store.learn("return 1");
  REQUIRE(script != nullptr);
  CHECK(script->sha == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  REQUIRE(store.find(script->sha) != nullptr);
  CHECK(store.find("E0E1F9FABFC9D4800C877A703B823AC0578FF8DB")->body == "return 1");
  CHECK(store.find("e0e1f9") == nullptr);
  CHECK(store.find("") == nullptr);
  CHECK(store.find(sha('a')) == nullptr);
}

TEST_CASE("script store: what is known already is no news") {
  ScriptStore store(1 << 20);
  CHECK(store.learn("return 1") != nullptr);
  CHECK(store.learn("return 1") == nullptr);
  CHECK(store.size() == 1);
}

TEST_CASE("script store: what has not been used for longest goes") {
  ScriptStore store(kRoomForThree);
  for (const char letter : {'a', 'b', 'c'}) store.learn(body(letter));
  SUBCASE("found is used") { CHECK(store.find(sha('a')) != nullptr); }
  SUBCASE("seen again is used") { CHECK(store.learn(body('a')) == nullptr); }
  store.learn(body('d'));
  CHECK(store.find(sha('b')) == nullptr);
  for (const char letter : {'a', 'c', 'd'}) CHECK(store.find(sha(letter)) != nullptr);
  CHECK(store.bytes() == kRoomForThree);
}

TEST_CASE("script store: one that is larger than all the room is not kept, and nothing goes for it") {
  ScriptStore store(kRoomForThree);
  store.learn(body('a'));
  CHECK(store.learn(std::string(kRoomForThree, 'x')) == nullptr);
  CHECK(store.size() == 1);
  CHECK(store.find(sha('a')) != nullptr);
}

TEST_CASE("script store: dropped, cleared and learnt again") {
  ScriptStore store(kRoomForThree);
  for (const char letter : {'a', 'b', 'c'}) store.learn(body(letter));
  store.drop(sha('b'));
  store.drop(sha('x'));
  CHECK(store.find(sha('b')) == nullptr);
  CHECK(store.size() == 2);
  store.clear();
  CHECK(store.bytes() == 0);
  CHECK(store.find(sha('a')) == nullptr);
  CHECK(store.learn(body('a')) != nullptr);
}

TEST_CASE("script store: stores share a body") {
  ScriptStore one(1 << 20);
  ScriptStore other(1 << 20);
  const SharedScript script = one.learn("return 1");
  other.add(script);
  other.add(script);
  CHECK(other.size() == 1);
  CHECK(other.find(script->sha) == script.get());
  CHECK(other.learn("return 1") == nullptr);
  one.clear();
  CHECK(other.find(script->sha)->body == "return 1");
}
