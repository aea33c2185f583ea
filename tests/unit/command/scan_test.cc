// What SCAN is made of: its cursor, its arguments, the questions to the nodes.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cluster/own_slots.h"
#include "command/args.h"
#include "command/key_filter.h"
#include "command/node_questions.h"
#include "command/scan_request.h"
#include "command/weighted_draw.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

TEST_CASE("scan cursor: a number below 2^53 and back") {
  const ScanCursor cursors[] = {
      {},
      {.slot = 1},
      {.slot = 16383, .hash = (uint64_t{1} << 38) - 1},
      {.slot = 7, .way = ScanCursor::Way::AtNode, .nodeCursor = 5, .incarnation = 9},
      {.slot = 16383, .way = ScanCursor::Way::AtNode, .nodeCursor = (1u << 20) - 1, .incarnation = (1u << 18) - 1},
  };
  for (const ScanCursor& cursor : cursors) {
    CAPTURE(cursor.number());
    CHECK(cursor.number() < uint64_t{1} << 53);
    CHECK(ScanCursor::of(cursor.number()) == cursor);
  }
  CHECK(ScanCursor().number() == 0);
  CHECK_FALSE(ScanCursor::of(uint64_t{1} << 53));
  CHECK_FALSE(ScanCursor::of(UINT64_MAX));
}

TEST_CASE("scan cursor: clients carry these from proxy to proxy, so they never change") {
  CHECK(scanHash("") == 143281132853);
  CHECK(scanHash("key") == 193033160939);
  CHECK(incarnationOf("b4e5c1f0") == 99956);
}

TEST_CASE("scan: arguments as Redis reads them") {
  struct Row {
    std::string line;
    std::string error;
  };
  const std::string syntax = "ERR syntax error";
  const std::string cursor = "ERR invalid cursor";
  const std::string integer = "ERR value is not an integer or out of range";
  const Row rows[] = {
      {"scan 0", ""}, {"scan ''", ""}, {"scan -5", ""}, {"scan +5", ""}, {"scan 05", ""},
      {"scan 18446744073709551615", ""}, {"scan 0 match a count 5 type list", ""}, {"scan 0 COUNT 1 Count 2", ""},
      {"scan 0 type nosuch", ""}, {"scan 0 match ''", ""},
      {"scan x", cursor}, {"scan 5x", cursor}, {"scan \t5", cursor}, {"scan -", cursor}, {"scan 1.5", cursor},
      {"scan 18446744073709551616", cursor}, {"scan x nosuch", cursor},
      {"scan 0 count", syntax}, {"scan 0 nosuch", syntax}, {"scan 0 nosuch 1", syntax}, {"scan 0 count 0", syntax},
      {"scan 0 count -3", syntax}, {"scan 0 match a b", syntax},
      {"scan 0 count x", integer}, {"scan 0 count +5", integer}, {"scan 0 count 05", integer},
      {"scan 0 count 99999999999999999999", integer}, {"scan 0 match a count x type", integer},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const auto parsed = parseScan(Args(row.line).slices());
    CHECK((parsed.ok() ? "" : parsed.error()) == row.error);
  }
  const Args args("scan 77 match u* count 5 type List");
  auto parsed = parseScan(args.slices());
  REQUIRE(parsed.ok());
  CHECK(parsed->from == ScanCursor{.hash = 77});
  CHECK(parsed->count == 5);
  CHECK(parsed->matches("user"));
  CHECK_FALSE(parsed->matches("User"));
  CHECK(parsed->accepts("list"));
  CHECK_FALSE(parsed->accepts("none"));
  CHECK_FALSE(parsed->accepts("string"));
}

TEST_CASE("own slots: of the line that the node says of itself") {
  const std::string me(40, 'a');
  const std::string other(40, 'b');
  const auto own = parseOwnSlots(other + " 1.2.3.4:1@2 master - 0 0 1 connected 0-99\n" + me +
                                 " 1.2.3.4:2@3 myself,master - 0 0 1 connected 100-200 300 [150->-" + other + "] [7-<-" +
                                 other + "]\n");
  REQUIRE(own.ok());
  CHECK(own.value().nodeId == me);
  CHECK(own.value().served.count() == 102);
  CHECK(own.value().serves(150));
  CHECK_FALSE(own.value().holds(150));
  CHECK(own.value().handovers.at(150) == other);
  CHECK(own.value().holds(300));
  CHECK_FALSE(own.value().serves(7));
  CHECK_FALSE(parseOwnSlots("").ok());
  CHECK_FALSE(parseOwnSlots(other + " 1.2.3.4:1@2 master - 0 0 1 connected 0-99\n").ok());
  CHECK_FALSE(parseOwnSlots("myself").ok());
}

TEST_CASE("node questions: there is a key for every slot") {
  for (uint32_t slot = 0; slot < kHashSlots; slot += 611) {
    CHECK(hashSlot(ask::keyIn(static_cast<HashSlot>(slot))) == slot);
  }
  CHECK(hashSlot(ask::keyIn(16383)) == 16383);
}

TEST_CASE("node questions: replies of another shape are none") {
  for (const Slice reply : {Slice("-ERR no\r\n"), Slice("*1\r\n:1\r\n"), Slice("$-1\r\n"), Slice("*2\r\n$1\r\nx\r\n*0\r\n"),
                            Slice("*2\r\n$1\r\n0\r\n*9\r\n"), Slice("")}) {
    CAPTURE(reply);
    CHECK_FALSE(ask::integer(reply));
    CHECK_FALSE(ask::text(reply));
    CHECK_FALSE(ask::scanned(reply));
    CHECK_FALSE(ask::ownSlotsIn(reply));
    CHECK_FALSE(ask::runIdIn(reply));
  }
  CHECK_FALSE(ask::texts("*2\r\n$1\r\na\r\n:1\r\n"));
  CHECK(ask::runIdIn(bulk("# Server\r\nrun_id:abc\r\nx:1\r\n")) == "abc");
  CHECK(ask::runIdIn("=14\r\ntxt:run_id:abc\r\n") == "abc");
  const auto scanned = ask::scanned("*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  REQUIRE(scanned);
  CHECK(scanned->cursor == 17);
  CHECK(scanned->keys == std::vector<Slice>{"a", "b"});
}

namespace {

// The keys that the filter lets through, when the nodes have `there` of them in each batch, and say so of each.
std::string filtered(const ScanRequest& request, KeyFilter::Slot state, const std::vector<std::string>& replies) {
  KeyFilter filter(request);
  ScanPage page(10, 0);
  for (const Slice key : {"a", "b", "c"}) filter.add(7, key, state);
  size_t at = 0;
  while (!filter.empty()) {
    Questions questions;
    filter.ask(questions);
    std::vector<Slice> own;
    for (size_t i = 0; i < questions.all.size(); ++i) own.emplace_back(replies.at(at++));
    if (!filter.take(own, page)) return "senseless";
  }
  Bytes out;
  page.write(out, 0);
  std::string keys;
  const auto scanned = ask::scanned(out.slice());
  for (const Slice key : scanned->keys) keys += key;
  return keys;
}

}  // namespace

TEST_CASE("key filter: keys that have expired, and of another type") {
  const ScanRequest any;
  ScanRequest lists;
  lists.type = "LIST";
  using Slot = KeyFilter::Slot;
  CHECK(filtered(any, Slot::Settled, {":3\r\n"}) == "abc");
  CHECK(filtered(any, Slot::Settled, {":0\r\n"}) == "");
  CHECK(filtered(any, Slot::Settled, {":2\r\n", "+string\r\n", "+none\r\n", "+list\r\n"}) == "ac");
  CHECK(filtered(any, Slot::Moving, {"+string\r\n", "+none\r\n", "+list\r\n"}) == "ac");
  CHECK(filtered(lists, Slot::Settled, {"+string\r\n", "+none\r\n", "+list\r\n"}) == "c");
  CHECK(filtered(any, Slot::Settled, {"+OK\r\n"}) == "senseless");
  CHECK(filtered(any, Slot::Moving, {"+string\r\n", ":1\r\n", "+list\r\n"}) == "senseless");
}

TEST_CASE("weighted draw: in proportion, and never one without weight") {
  const std::vector<uint64_t> weights{0, 3, 0, 1, 0};
  std::vector<int> drawn(weights.size());
  for (uint64_t random = 0; random < 400; ++random) ++drawn[*drawByWeight(weights, random)];
  CHECK(drawn == std::vector<int>{0, 300, 0, 100, 0});
  CHECK_FALSE(drawByWeight(std::vector<uint64_t>{0, 0}, 5));
  CHECK_FALSE(drawByWeight({}, 5));
}
