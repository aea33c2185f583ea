#include "exchange/script_store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

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

TEST_CASE("script store: a keyspace's script is found by the name that its clients have for it, under an alias") {
  const Keyspace one("one");
  const Keyspace two("two");
  ScriptStore store(1 << 20);
  const std::string ownSha = sha1Hex("return 1");
  const SharedScript script = store.learn("words return 1", "return 1", one);
  REQUIRE(script != nullptr);
  CHECK(script->ownSha == ownSha);
  CHECK(store.find(aliasOf(ownSha, one)) == script.get());
  CHECK(store.find(script->sha) == script.get());
  CHECK(store.find(ownSha) == nullptr);
  CHECK(store.find(aliasOf(ownSha, two)) == nullptr);
  std::string upper = ownSha;
  std::ranges::transform(upper, upper.begin(), [](unsigned char digit) { return static_cast<char>(std::toupper(digit)); });
  CHECK(aliasOf(upper, one) == aliasOf(ownSha, one));
  CHECK(store.learn("words return 1", "return 1", one) == nullptr);
  SUBCASE("dropped") {
    store.drop(script->sha);
    CHECK(store.find(aliasOf(ownSha, one)) == nullptr);
  }
  SUBCASE("of another worker") {
    ScriptStore other(1 << 20);
    other.add(script);
    CHECK(other.find(aliasOf(ownSha, one)) == script.get());
  }
}

TEST_CASE("script store: a script that was known without its alias gets one") {
  const Keyspace keyspace("one");
  ScriptStore store(1 << 20);
  CHECK(store.learn("words return 1") != nullptr);
  CHECK(store.learn("words return 1", "return 1", keyspace) != nullptr);
  CHECK(store.find(aliasOf(sha1Hex("return 1"), keyspace)) != nullptr);
  CHECK(store.size() == 1);
}
