#include "command/glob.h"

#include <doctest/doctest.h>

#include <string>

using namespace slotway;

TEST_CASE("glob: as Redis matches") {
  struct Row {
    Slice pattern;
    Slice text;
    bool matches;
  };
  const Row rows[] = {
      {"", "", true},           {"", "a", false},          {"*", "", false},        {"*", "abc", true},
      {"a*c", "abbc", true},    {"a*c", "abb", false},     {"**a**", "a", true},    {"?", "", false},
      {"?", "a", true},         {"g?t", "GET", true},      {"GET", "get", true},    {"[ab]c", "bc", true},
      {"[ab]c", "cc", false},   {"[^ab]c", "cc", true},    {"[^ab]c", "ac", false}, {"[a-c]x", "Bx", true},
      {"[c-a]x", "bx", true},   {"[a-c]x", "dx", false},   {"\\*", "*", true},      {"\\*", "a", false},
      {"[\\]]", "]", true},     {"[a", "a", true},         {"a\\", "a\\", true},    {"*[|]*", "config|get", true},
      {"*a*a*a", "aa", false},  {"con*|get", "config|get", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(globMatches(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("glob: keys letter by letter") {
  CHECK(globMatchesExactly("User:*", "User:1"));
  CHECK_FALSE(globMatchesExactly("user:*", "User:1"));
  CHECK_FALSE(globMatchesExactly("[a-c]x", "Bx"));
  CHECK(globMatchesExactly("[A-C]x", "Bx"));
  CHECK(globMatchesExactly("[\\a-z]", "-"));
  CHECK_FALSE(globMatchesExactly("[\\a-z]", "b"));
}

TEST_CASE("glob: many stars end soon") {
  std::string pattern;
  for (int star = 0; star < 500; ++star) pattern += "*a";
  CHECK_FALSE(globMatches(pattern + "b", std::string(2000, 'a')));
}
