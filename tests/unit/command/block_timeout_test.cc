#include "command/block_timeout.h"

#include <doctest/doctest.h>

#include <string>

#include "command/args.h"
#include "command/command_table.h"

using namespace slotway;

namespace {

std::optional<BlockTimeout> timeoutOf(const std::string& line) {
  const test::Args args(line);
  return findBlockTimeout(*CommandTable::builtin()->find(args.request().args), args.request().args);
}

}  // namespace

TEST_CASE("block timeout: where it stands and how long it is") {
  constexpr uint64_t kForever = BlockTimeout::kForever;
  struct Row {
    const char* line;
    uint32_t position;
    uint64_t us;
  };
  const Row rows[] = {
      {"blpop a b 0", 3, kForever},
      {"brpop a 1.5", 2, 1500000},
      {"brpoplpush a b 0.0000001", 3, 1},
      {"blmove a b left right 2", 5, 2000000},
      {"blmpop 3 1 a left", 1, 3000000},
      {"bzmpop 0.25 1 a min", 1, 250000},
      {"xread count 1 block 250 streams s $", 4, 250000},
      {"xreadgroup group block block count 5 BLOCK 0 streams s >", 7, kForever},
      {"blpop a 9e15", 2, kForever},
      {"wait 1 250", 2, 250000},
      {"xread block 5 count 1 block 7 streams s $", 6, 7000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const auto timeout = timeoutOf(row.line);
    REQUIRE(timeout.has_value());
    CHECK(timeout->position == row.position);
    CHECK(timeout->us == row.us);
  }
}

TEST_CASE("block timeout: what the node has to judge") {
  for (const char* line : {"blpop a x", "blpop a -1", "blpop a nan", "blpop a inf", "blpop a 1e300", "xread block x streams s $", "xread block 007 streams s $",
                           "xread streams block 0", "blmpop x 1 a left"}) {
    CAPTURE(line);
    CHECK_FALSE(timeoutOf(line).has_value());
  }
}

TEST_CASE("block timeout: what is left is written so that the node understands it, and never as for ever") {
  const BlockTimeout seconds{.position = 2, .us = 5000000};
  CHECK(seconds.text(1234567) == "1.234567");
  CHECK(seconds.text(1000) == "0.001000");
  CHECK(seconds.text(0) == "0.001000");
  const BlockTimeout milliseconds{.position = 3, .us = 5000000, .inMilliseconds = true};
  CHECK(milliseconds.text(1234567) == "1234");
  CHECK(milliseconds.text(0) == "1");
}
