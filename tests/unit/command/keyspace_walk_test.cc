#include "command/keyspace_walk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "command/args.h"
#include "command/node_questions.h"
#include "command/simulated_cluster.h"
#include "keyspace/scan_within.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Page {
  uint64_t cursor = 0;
  std::vector<std::string> keys;
  std::string error;
};

// One call, as a course would carry it.
Page call(SimulatedCluster& cluster, const std::string& words, const Keyspace* keyspace = nullptr) {
  const ScanRequest request = *parseScan(Args(words).slices());
  KeyspaceWalk walk(keyspace == nullptr ? request : scanWithin(*keyspace, request));
  std::vector<std::string> replies;
  for (size_t steps = 0; !walk.done(); ++steps) {
    REQUIRE(steps < 2000);
    Questions questions;
    walk.ask(questions);
    REQUIRE(!questions.all.empty());
    const bool stranger = std::ranges::any_of(questions.all, [&](const Question& question) {
      return !question.nodeId.empty() && !cluster.knows(question.nodeId);
    });
    if (stranger) {
      walk.nodeUnknown();
      continue;
    }
    const Came came = cluster.answer(questions, replies);
    const std::vector<Slice> slices(replies.begin(), replies.end());
    walk.take(slices, came);
  }
  Bytes out;
  walk.answer(out);
  Page page;
  if (out.slice().starts_with('-')) {
    page.error = out.slice();
    return page;
  }
  const auto scanned = ask::scanned(out.slice());
  REQUIRE(scanned);
  page.cursor = scanned->cursor;
  page.keys.assign(scanned->keys.begin(), scanned->keys.end());
  return page;
}

struct All {
  std::multiset<std::string> keys;
  size_t calls = 0;
  size_t most = 0;  ///< keys in one answer
};

All scanAll(SimulatedCluster& cluster, const std::string& options = "", const std::function<void()>& between = [] {},
            const Keyspace* keyspace = nullptr) {
  All all;
  uint64_t cursor = 0;
  do {
    const Page page = call(cluster, "SCAN " + std::to_string(cursor) + options, keyspace);
    REQUIRE(page.error == "");
    REQUIRE(page.cursor < uint64_t{1} << 53);
    all.keys.insert(page.keys.begin(), page.keys.end());
    all.most = std::max(all.most, page.keys.size());
    cursor = page.cursor;
    REQUIRE(++all.calls < 20000);
    between();
  } while (cursor != 0);
  return all;
}

std::set<std::string> fill(SimulatedCluster& cluster, const std::string& prefix, size_t count) {
  std::set<std::string> keys;
  for (size_t i = 0; i < count; ++i) keys.insert(prefix + std::to_string(i));
  for (const std::string& key : keys) cluster.add(key);
  return keys;
}

size_t missing(const std::set<std::string>& lasting, const All& all) {
  return static_cast<size_t>(std::ranges::count_if(lasting, [&](const std::string& key) { return !all.keys.contains(key); }));
}

void expectExactly(const std::set<std::string>& keys, const All& all) {
  CHECK(missing(keys, all) == 0);
  CHECK(all.keys.size() == keys.size());
}

}  // namespace

TEST_CASE("keyspace walk: every key once, whatever the size") {
  for (const size_t keys : {0, 1, 9, 700, 2500, 9000}) {
    CAPTURE(keys);
    SimulatedCluster cluster(3, 1);
    const auto names = fill(cluster, "key", keys);
    expectExactly(names, scanAll(cluster, " COUNT 500"));
    if (keys <= 2500) expectExactly(names, scanAll(cluster));
  }
}

TEST_CASE("keyspace walk: a small keyspace takes few calls and few questions") {
  SimulatedCluster cluster(3, 1);
  CHECK(scanAll(cluster).calls == 1);
  fill(cluster, "key", 9);
  CHECK(scanAll(cluster).calls == 1);
  CHECK(cluster.questions < 300);
}

TEST_CASE("keyspace walk: COUNT is kept to, nearly") {
  SimulatedCluster cluster(3, 1);
  const auto spread = fill(cluster, "key", 6000);
  CHECK(scanAll(cluster, " COUNT 100").most < 120);
  auto keys = fill(cluster, "{tag}", 5000);
  keys.insert(spread.begin(), spread.end());
  const All all = scanAll(cluster, " COUNT 50");
  expectExactly(keys, all);
  CHECK(all.most < 50 + 5000 / 8 + 10);
}

TEST_CASE("keyspace walk: MATCH and TYPE, and what has expired") {
  for (const size_t others : {0, 9000}) {
    CAPTURE(others);
    SimulatedCluster cluster(3, 1);
    fill(cluster, "other", others);
    const auto mine = fill(cluster, "mine:", 300);
    std::set<std::string> lists;
    for (int i = 0; i < 40; ++i) {
      lists.insert("list:" + std::to_string(i));
      cluster.add("list:" + std::to_string(i), "list");
      cluster.addExpired("mine:expired" + std::to_string(i));
    }
    expectExactly(mine, scanAll(cluster, " COUNT 1000 MATCH mine:*"));
    expectExactly(mine, scanAll(cluster, " COUNT 1000 MATCH mine:* TYPE STRING"));
    expectExactly(lists, scanAll(cluster, " COUNT 1000 TYPE list"));
    expectExactly({}, scanAll(cluster, " COUNT 1000 TYPE hash"));
    expectExactly({}, scanAll(cluster, " COUNT 1000 MATCH MINE:*"));
    expectExactly({}, scanAll(cluster, " COUNT 1000 TYPE nosuch"));
  }
}

TEST_CASE("keyspace walk: a very big slot") {
  SimulatedCluster cluster(3, 1);
  auto keys = fill(cluster, "key", 5000);
  keys.merge(fill(cluster, "{tag}", 12000));
  const All all = scanAll(cluster, " COUNT 1000");
  CHECK(missing(keys, all) == 0);
  CHECK(all.most < 3000);
  // What a page of the node's SCAN repeats is a millionth of its table.
  CHECK(all.keys.size() < keys.size() + 100);
}

TEST_CASE("keyspace walk: a very big slot begins again at another process, and is whole") {
  SimulatedCluster cluster(3, 1);
  auto keys = fill(cluster, "{tag}", 12000);
  const HashSlot slot = hashSlot("tag");
  int call = 0;
  const All failed = scanAll(cluster, " COUNT 1000", [&] {
    if (++call == 4) cluster.failOver(cluster.ownerOf(slot));
  });
  CHECK(missing(keys, failed) == 0);
  CHECK(failed.keys.size() > keys.size() + 1000);
}

TEST_CASE("keyspace walk: a very big slot that moves meanwhile") {
  for (const int movedAt : {1, 4, 8, 12}) {
    CAPTURE(movedAt);
    SimulatedCluster cluster(3, static_cast<uint32_t>(movedAt));
    const auto keys = fill(cluster, "{tag}", 12000);
    const HashSlot slot = hashSlot("tag");
    int call = 0;
    const All all = scanAll(cluster, " COUNT 1000", [&] {
      ++call;
      if (call == movedAt) cluster.beginHandover(slot);
      for (int i = 0; call >= movedAt && i < 700; ++i) cluster.moveKey(slot);
      if (call == movedAt + 10) cluster.endHandover(slot);
    });
    CHECK(missing(keys, all) == 0);
  }
}

TEST_CASE("keyspace walk: no lasting key is lost while slots move and nodes fail over") {
  struct Row {
    size_t keys;
    size_t tagged;
    Slice options;
    unsigned unrest;
    uint32_t seeds;
  };
  const Row rows[] = {
      {300, 100, "", 300, 10},
      {300, 100, " COUNT 60", 300, 30},
      {6000, 300, " COUNT 300", 20, 3},
      {6000, 3000, " COUNT 700 TYPE string", 10, 2},
      {4000, 11000, " COUNT 900", 10, 2},
  };
  for (const Row& row : rows) {
    for (uint32_t seed = 1; seed <= row.seeds; ++seed) {
      CAPTURE(row.keys);
      CAPTURE(row.options);
      CAPTURE(seed);
      SimulatedCluster cluster(4, seed);
      auto lasting = fill(cluster, "key", row.keys);
      lasting.merge(fill(cluster, "{tag}", row.tagged));
      const auto passing = fill(cluster, "passing", 200);
      for (int i = 0; i < 50; ++i) cluster.addExpired("expired" + std::to_string(i));
      for (const std::string& key : lasting) {
        if (cluster.troubled.size() < 20) cluster.troubled.push_back(hashSlot(key));
      }
      cluster.troubled.resize(40, hashSlot("tag"));
      cluster.unrest = row.unrest;
      auto doomed = passing.begin();
      const All all = scanAll(cluster, std::string(row.options), [&] {
        if (doomed != passing.end()) cluster.remove(*doomed++);
        cluster.happen();
      });
      CHECK(missing(lasting, all) == 0);
      for (const std::string& key : all.keys) CHECK(!key.starts_with("expired"));
    }
  }
}

TEST_CASE("keyspace walk: an error of a node is the answer") {
  KeyspaceWalk walk(*parseScan(Args("SCAN 0").slices()));
  Questions questions;
  walk.ask(questions);
  const std::vector<Slice> replies(questions.all.size(), "-NOPERM no\r\n");
  walk.take(replies, Came::InOrder);
  REQUIRE(walk.done());
  Bytes out;
  walk.answer(out);
  CHECK(out.slice() == "-NOPERM no\r\n");
}

TEST_CASE("keyspace walk: nodes that never agree end it") {
  KeyspaceWalk walk(*parseScan(Args("SCAN 0").slices()));
  size_t steps = 0;
  while (!walk.done()) {
    REQUIRE(++steps < 100);
    Questions questions;
    walk.ask(questions);
    std::vector<Slice> replies(questions.all.size(), ":0\r\n");
    const std::string nodes = bulk(std::string(40, 'a') + " 127.0.0.1:1@2 myself,master - 0 0 1 connected 1-16383\n");
    replies[0] = replies.size() > 1 ? Slice(nodes) : replies[0];
    walk.take(replies, Came::InOrder);
  }
  Bytes out;
  walk.answer(out);
  CHECK(out.slice().starts_with("-TRYAGAIN "));
}

TEST_CASE("keyspace walk: a cursor that nobody gave is at the end") {
  SimulatedCluster cluster(3, 1);
  fill(cluster, "key", 100);
  for (const char* cursor : {"SCAN 18446744073709551615", "SCAN -1", "SCAN 9007199254740992"}) {
    const Page page = call(cluster, cursor);
    CHECK(page.cursor == 0);
    CHECK(page.keys.empty());
  }
}

TEST_CASE("keyspace walk: of one keyspace, whatever else is in its slot and at its node") {
  const Keyspace keyspace("tag");
  for (const size_t keys : {0, 50, 3000, 12000}) {
    for (const size_t others : {0, 5000}) {
      CAPTURE(keys);
      CAPTURE(others);
      SimulatedCluster cluster(3, 1);
      fill(cluster, "other", others);
      fill(cluster, "{tag}", others / 10);
      std::set<std::string> bare;
      for (const std::string& name : fill(cluster, "{tag}:", keys)) bare.insert(name.substr(keyspace.prefix().size()));
      const All all = scanAll(cluster, " COUNT 1000", [] {}, &keyspace);
      CHECK(std::set<std::string>(all.keys.begin(), all.keys.end()) == bare);
      const All some = scanAll(cluster, " COUNT 10000 MATCH *7", [] {}, &keyspace);
      CHECK(std::ranges::all_of(some.keys, [&](const std::string& key) { return bare.contains(key) && key.ends_with('7'); }));
      CHECK(some.keys.empty() == (keys == 0));
    }
  }
}

TEST_CASE("keyspace walk: of one keyspace whose slot moves meanwhile") {
  const Keyspace keyspace("tag");
  for (const size_t keys : {900, 12000}) {
    for (const int movedAt : {1, 2, 5}) {
      CAPTURE(keys);
      CAPTURE(movedAt);
      SimulatedCluster cluster(3, static_cast<uint32_t>(movedAt));
      fill(cluster, "{tag}", 100);
      const auto names = fill(cluster, "{tag}:", keys);
      int call = 0;
      const auto move = [&] {
        if (++call == movedAt) cluster.beginHandover(keyspace.slot());
        for (int i = 0; call >= movedAt && i < 300; ++i) cluster.moveKey(keyspace.slot());
        if (call == movedAt + 10) cluster.endHandover(keyspace.slot());
      };
      const All all = scanAll(cluster, " COUNT 100", move, &keyspace);
      CHECK(std::ranges::all_of(names, [&](const std::string& name) {
        return all.keys.contains(std::string(keyspace.keyOf(name)));
      }));
    }
  }
}

TEST_CASE("keyspace walk: of one keyspace, from a cursor of another slot") {
  const Keyspace keyspace("tag");
  SimulatedCluster cluster(3, 1);
  fill(cluster, "{tag}:", 100);
  const ScanCursor elsewhere{.slot = static_cast<HashSlot>((keyspace.slot() + 1) % kHashSlots), .hash = 5};
  const Page page = call(cluster, "SCAN " + std::to_string(elsewhere.number()), &keyspace);
  CHECK(page.keys.empty());
  CHECK(page.cursor == 0);
}
