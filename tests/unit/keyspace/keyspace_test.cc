#include "keyspace/keyspace.h"

#include <doctest/doctest.h>

#include "command/glob.h"

namespace slotway {

TEST_CASE("keyspace: its keys share the tag's slot, whatever tags of their own they have") {
  const Keyspace keyspace("app1");
  CHECK(keyspace.prefix() == "{app1}:");
  for (const char* key : {"", "a", "{b}c", "}{", "{", "{app2}:x"}) {
    CHECK(hashSlot(keyspace.nameOf(key)) == hashSlot("app1"));
    CHECK(hashSlot(keyspace.nameOf(key)) == keyspace.slot());
    CHECK(keyspace.keyOf(keyspace.nameOf(key)) == key);
  }
  CHECK(keyspace.owns("{app1}:"));
  CHECK_FALSE(keyspace.owns("{app1}"));
  CHECK_FALSE(keyspace.owns("{app1}x"));
  CHECK_FALSE(keyspace.owns("{app10}:x"));
}

TEST_CASE("keyspace: a pattern matches its own keys alone, whatever letters the tag has") {
  for (const char* tag : {"app1", "a*", "a?b", "[ab]", "a\\b", "^", "a-b"}) {
    const Keyspace keyspace(tag);
    CHECK(globMatchesExactly(keyspace.patternOf("*"), keyspace.nameOf("key")));
    CHECK(globMatchesExactly(keyspace.patternOf("k?y"), keyspace.nameOf("key")));
    CHECK_FALSE(globMatchesExactly(keyspace.patternOf("k?y"), keyspace.nameOf("other")));
    CHECK_FALSE(globMatchesExactly(keyspace.patternOf("*"), "{a}:key"));
  }
}

}  // namespace slotway
