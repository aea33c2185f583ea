#include "command/keys.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "command/args.h"
#include "command/command_table.h"

using namespace slotway;
using Positions = std::vector<uint32_t>;

TEST_CASE("keys: positions by specs and by our own finders") {
  struct Row {
    std::string line;
    Positions positions;
  };
  const Row rows[] = {
      {"get k", {1}},
      {"GET k", {1}},
      {"ping", {}},
      {"mset a 1 b 2", {1, 3}},
      {"del a b c", {1, 2, 3}},
      {"object freq k", {2}},
      {"xgroup create k g $", {2}},
      {"bitop and d a b", {2, 3, 4}},
      {"blpop a b 0", {1, 2}},
      {"eval script 0 a", {}},
      {"eval script 2 a b c", {3, 4}},
      {"eval script 1.5 a", {3}},
      {"eval script 1e3 a b", {3}},
      {"zunion +2x a b", {2, 3}},
      {"zunion \t2 a b", {2, 3}},
      {"fcall f 1 a", {3}},
      {"zunionstore d 2 a b weights 1 2", {1, 3, 4}},
      {"lmpop 2 a b left", {2, 3}},
      {"spublish channel text", {1}},
      {"sort a", {1}},
      {"sort a by store store d", {1, 5}},
      {"sort a limit 0 store get store", {1}},
      {"sort a store d STORE e", {1, 5}},
      {"sort a store", {1}},
      {"sort_ro a by w*", {1}},
      {"georadius a 1 2 3 km", {1}},
      {"georadius a 1 2 3 km count 3 store d", {1, 9}},
      {"georadius store 1 2 3 km", {1}},
      {"georadius a 1 2 3 km storedist d store e", {1, 9, 7}},
      {"georadiusbymember a m 3 km STOREDIST d", {1, 6}},
      {"migrate h 1 k 0 10", {3}},
      {"migrate h 1 k 0 10 keys", {3}},
      {"migrate h 1 '' 0 10 copy auth keys keys a b", {10, 11}},
      {"xread streams a b 0 0", {2, 3}},
      {"xread count 1 STREAMS a 0", {4}},
      {"xread count 1 a 0", {}},
      {"xreadgroup group streams c streams a >", {5}},
  };
  const auto table = CommandTable::builtin();
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const test::Args args(row.line);
    const Command* command = table->find(args.slices());
    REQUIRE(command != nullptr);
    Positions positions;
    CHECK(findKeys(*command, args.slices(), positions));
    CHECK(positions == row.positions);
    CHECK(firstKey(*command, args.slices()) == (row.positions.empty() ? 0 : row.positions.front()));
  }
}

TEST_CASE("keys: arguments that make no sense") {
  const auto table = CommandTable::builtin();
  for (const char* line : {"eval script x a", "eval script -1 a", "eval script 2 a", "eval script 9223372036854775807 a",
                           "eval script 99999999999999999999 a", "zunion 3 a b", "zunionstore d 2 a", "eval script '' a", "zunion x1 a", "zunion +-1 a", "zunion 5x a",
                           "migrate h 1 k 0 10 keys a"}) {
    CAPTURE(line);
    const test::Args args(line);
    Positions positions;
    CHECK_FALSE(findKeys(*table->find(args.slices()), args.slices(), positions));
  }
}

TEST_CASE("keys: no spec makes us read beyond the arguments") {
  // What a learned table may hold is a server's word. Every shape, with arguments too few and too many.
  const int places[] = {-(1 << 24), -3, -1, 0, 1, 2, 5, 1 << 24};
  const test::Args args("x keyword 2 a b");
  for (const auto begin : {KeySpec::Begin::Unknown, KeySpec::Begin::Index, KeySpec::Begin::Keyword}) {
    for (const auto find : {KeySpec::Find::Unknown, KeySpec::Find::Range, KeySpec::Find::KeyNumber}) {
      for (const int place : places) {
        for (const int last : places) {
          KeySpec spec;
          spec.begin = begin;
          spec.find = find;
          spec.beginIndex = std::abs(place) + 1;
          spec.keyword = "keyword";
          spec.startFrom = place;
          spec.lastKey = last;
          spec.keyStep = std::abs(last) + 1;
          spec.limit = std::abs(place);
          spec.keyNumIndex = std::abs(last);
          spec.firstKey = std::abs(place);
          Command command;
          command.keySpecs.push_back(spec);
          for (size_t size = 1; size <= args.slices().size(); ++size) {
            Positions positions;
            (void)findKeys(command, args.slices().first(size), positions);
            for (const uint32_t position : positions) CHECK(position < size);
          }
        }
      }
    }
  }
}
