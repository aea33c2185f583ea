#include "command/plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "command/args.h"
#include "command/command_table.h"
#include "command/split.h"

using namespace slotway;
using Target = Plan::Target;

namespace {

const Command& commandOf(const test::Args& args) {
  const Command* command = CommandTable::builtin()->find(args.slices());
  REQUIRE(command != nullptr);
  REQUIRE(command->arityFits(args.slices().size()));
  return *command;
}

void planLine(const test::Args& args, Plan& made) { plan(args.request(), commandOf(args), made); }

std::string pieceOf(const test::Args& args, const Plan& made, size_t piece) {
  Bytes wire;
  writePiece(args.request(), commandOf(args), made, made.pieces[piece], wire);
  return std::string(wire.slice());
}

// The words of each piece, by what is sent; pieces stand in the order of their slots.
struct SplitRow {
  std::string line;
  std::vector<std::string> pieces;
  std::vector<uint32_t> pieceOfKey;
};

}  // namespace

TEST_CASE("plan: one piece") {
  struct Row {
    std::string line;
    Target target;
    HashSlot slot;
  };
  const HashSlot foo = hashSlot("foo");
  const Row rows[] = {
      {"get foo", Target::Slot, foo},
      {"set foo bar", Target::Slot, foo},
      {"object freq foo", Target::Slot, foo},
      {"rename {foo}1 {foo}2", Target::Slot, foo},
      {"msetnx {foo}1 a {foo}2 b", Target::Slot, foo},
      {"eval script 1 foo bar", Target::Slot, foo},
      {"eval script 0 foo", Target::FixedMaster, kNoSlot},
      {"evalsha sha 0", Target::FixedMaster, kNoSlot},
      {"eval script x foo", Target::FixedMaster, kNoSlot},
      {"zunion 7 foo", Target::AnyMaster, kNoSlot},
      {"spublish foo text", Target::Slot, foo},
      {"publish foo text", Target::Speaker, kNoSlot},
      {"xread streams foo 0", Target::Slot, foo},
      {"xread count block streams foo 0", Target::Slot, foo},
      {"xreadgroup group block block streams foo >", Target::Slot, foo},
      {"xread streams block 0", Target::Slot, hashSlot("block")},
      {"xread count 1 foo 0", Target::AnyMaster, kNoSlot},
      {"xread block 0 streams foo $", Target::Private, foo},
      {"XREADGROUP group g c count 1 BLOCK 10 streams foo >", Target::Private, foo},
      {"blpop foo {foo}2 0", Target::Private, foo},
      {"blmpop 1 1 foo left", Target::Private, foo},
      {"blpop a b 0", Target::BlockingSteps, kNoSlot},
      {"bzmpop 1 2 a b min", Target::BlockingSteps, kNoSlot},
      {"lmpop 2 a b left", Target::Steps, kNoSlot},
      {"xread streams a b 0 0", Target::Steps, kNoSlot},
      {"xread block 0 streams a b 0 0", Target::BlockingSteps, kNoSlot},
      {"wait 1 0", Target::BlockingSteps, kNoSlot},
      {"sort foo store {foo}2", Target::Slot, foo},
      {"module list", Target::AnyMaster, kNoSlot},
      {"lolwut", Target::AnyMaster, kNoSlot},
      {"dbsize", Target::Masters, kNoSlot},
      {"scan 0 match a count 5", Target::Steps, kNoSlot},
      {"randomkey", Target::Steps, kNoSlot},
      {"keys {foo}*", Target::Masters, kNoSlot},
      {"config resetstat", Target::AllNodes, kNoSlot},
      {"script load x", Target::AllNodes, kNoSlot},
      {"mget foo", Target::Slot, foo},
      {"mget foo foo {foo}1", Target::Slot, foo},
      {"mset foo 1 {foo}1 2", Target::Slot, foo},
      {"del foo", Target::Slot, foo},
  };
  Plan made;
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const test::Args args(row.line);
    planLine(args, made);
    CHECK(made.target == row.target);
    CHECK(made.error.empty());
    CHECK(made.pieces.empty());
    CHECK(made.slot == row.slot);
    const bool fanOut = row.target == Target::Masters || row.target == Target::AllNodes;
    CHECK((made.merge == Merge::First) == !fanOut);
  }
}

TEST_CASE("plan: refused") {
  struct Row {
    std::string line;
    std::string error;
  };
  const std::string crossSlot = "CROSSSLOT Keys in request don't hash to the same slot; give them one hash tag";
  std::string tooMany = "lmpop 1001";
  for (int key = 0; key < 1001; ++key) tooMany += " k" + std::to_string(key);
  tooMany += " left";
  const Row rows[] = {
      {"rename a b", crossSlot},
      {"msetnx a 1 b 2", crossSlot},
      {"eval script 2 a b", crossSlot},
      {"sort a store b", crossSlot},
      {"sunionstore {a}1 {a}2 b", crossSlot},
      {"scan x", "ERR invalid cursor"},
      {"scan 0 count 0", "ERR syntax error"},
      {"mset a 1 b", "ERR wrong number of arguments for 'mset' command"},
      {"blmove a b left left 0", crossSlot},
      {"xread block 0 count 1 s", "ERR syntax error"},
      {"xread block 0 streams s", "ERR Unbalanced XREAD list of streams"},
      {"xread block 0 streams", "ERR syntax error"},
      {"xread block 0 10 streams s", "ERR syntax error"},
      {"xread block 0 count x streams s", "ERR value is not an integer"},
      {"xread block 0 block x streams s", "ERR timeout is not an integer"},
      {"xread block 0 block -1 streams s", "ERR timeout is negative"},
      {"xreadgroup group g c noack count 5 block 0 streams s", "ERR Unbalanced XREAD list of streams"},
      {"xread block 0 noack streams s", "ERR syntax error"},
      {"xreadgroup group g c block 0 count 1 foo", "ERR syntax error"},
      {tooMany, "ERR no more than 1000 keys of several slots"},
      {"cluster forget x", "ERR this CLUSTER subcommand is not supported"},
  };
  Plan made;
  for (const Row& row : rows) {
    CAPTURE(row.line);
    planLine(test::Args(row.line), made);
    CHECK(made.target == Target::Refused);
    CHECK(made.pieces.empty());
    CHECK(made.error.starts_with(row.error));
  }
}

TEST_CASE("plan: split by slot, keys in order, duplicates kept") {
  // CLUSTER KEYSLOT: b 3300, c 7365, d 11298, a 15495.
  const SplitRow rows[] = {
      {"mget a b", {"mget b", "mget a"}, {1, 0}},
      {"mget a b a {b}x a", {"mget b {b}x", "mget a a a"}, {1, 0, 1, 0, 1}},
      {"DEL d c b a", {"DEL b", "DEL c", "DEL d", "DEL a"}, {2, 1, 0, 3}},
      {"mset a 1 b '' a 3 c a", {"mset b ''", "mset c a", "mset a 1 a 3"}, {2, 0, 2, 1}},
      {"exists b a b", {"exists b b", "exists a"}, {0, 1, 0}},
  };
  Plan made;
  for (const SplitRow& row : rows) {
    CAPTURE(row.line);
    const test::Args args(row.line);
    planLine(args, made);
    CHECK(made.target == Target::Split);
    CHECK(made.merge == commandOf(args).merge);
    CHECK(made.pieceOfKey == row.pieceOfKey);
    REQUIRE(made.pieces.size() == row.pieces.size());
    for (size_t piece = 0; piece < row.pieces.size(); ++piece) {
      CHECK(pieceOf(args, made, piece) == test::wireOf(row.pieces[piece]));
      const test::Args words(row.pieces[piece]);
      CHECK(made.pieces[piece].slot == hashSlot(words.slices()[1]));
    }
  }
}

TEST_CASE("plan: values of every length of header") {
  for (const size_t length : {0, 1, 9, 10, 99, 100, 12345}) {
    CAPTURE(length);
    const std::string value = length == 0 ? "''" : std::string(length, 'v');
    const test::Args args("mset a " + value + " b 2");
    Plan made;
    planLine(args, made);
    REQUIRE(made.pieces.size() == 2);
    CHECK(pieceOf(args, made, 1) == test::wireOf("mset a " + value));
    CHECK(pieceOf(args, made, 0) == test::wireOf("mset b 2"));
  }
}

TEST_CASE("plan: very many keys, part by part") {
  for (const uint32_t keys : {kKeysPerPart, kKeysPerPart + 1, 3 * kKeysPerPart, 3000u}) {
    CAPTURE(keys);
    std::string line = "mset";
    for (uint32_t key = 0; key < keys; ++key) line += " key" + std::to_string(key) + " value" + std::to_string(key);
    const test::Args args(line);
    Plan made;
    planLine(args, made);
    REQUIRE(made.target == Target::Split);
    std::vector<std::string> seen;
    for (uint32_t from = 0;; from = made.nextKey, planNextPart(args.request(), made)) {
      CHECK(made.nextKey == std::min(keys, from + kKeysPerPart));
      CHECK(made.pieceOfKey.size() == made.nextKey - from);
      uint32_t planned = 0;
      for (size_t piece = 0; piece < made.pieces.size(); ++piece) {
        planned += made.pieces[piece].count;
        seen.push_back(pieceOf(args, made, piece));
      }
      CHECK(planned == made.nextKey - from);
      if (!hasNextPart(made)) break;
    }
    for (uint32_t key = 0; key < keys; ++key) {
      const std::string pair = std::to_string(key) + "\r\n";
      CHECK(std::ranges::count_if(seen, [&](const std::string& wire) { return wire.find("\r\nkey" + pair) != std::string::npos; }) == 1);
    }
  }
}

TEST_CASE("plan: very many keys of one slot stay one command") {
  std::string line = "mget";
  for (uint32_t key = 0; key < 2 * kKeysPerPart; ++key) line += " {tag}" + std::to_string(key);
  Plan made;
  planLine(test::Args(line), made);
  CHECK(made.target == Target::Slot);
  CHECK(made.slot == hashSlot("tag"));
}
