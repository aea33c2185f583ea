#include "pubsub/keyspace_events.h"

#include <doctest/doctest.h>

using namespace slotway;

namespace {

using Fate = EchoFilter::Fate;

std::vector<std::string> released(EchoFilter& filter, uint64_t nowUs) {
  std::vector<std::string> frames;
  filter.release(nowUs, [&](Slice frame) { frames.emplace_back(frame); });
  return frames;
}

}  // namespace

TEST_CASE("keyspace events: which channels and patterns") {
  CHECK(isKeyspaceChannel("__keyspace@0__:k"));
  CHECK(isKeyspaceChannel("__keyevent@0__:set"));
  CHECK_FALSE(isKeyspaceChannel("__keyspace@1__:k"));
  CHECK_FALSE(isKeyspaceChannel("news"));
  for (const char* may : {"*", "__key*", "__keyspace@0__:*", "__keyevent@0__:set", "?_key*", "[_]_keyspace@0__:a?",
                          "__key[es]*", "\\__keyevent@*", "**"}) {
    CAPTURE(may);
    CHECK(mayMatchKeyspaceChannel(may));
  }
  for (const char* never : {"news.*", "__keyspace@1__:*", "__KEY*", "[^_]*", "", "__keyspace@0__", "k*"}) {
    CAPTURE(never);
    CHECK_FALSE(mayMatchKeyspaceChannel(never));
  }
  CHECK(keyOfEvent("__keyspace@0__:k", "set") == "k");
  CHECK(keyOfEvent("__keyevent@0__:set", "k") == "k");
}

TEST_CASE("echo filter: what the owner of the key has said, others do not repeat") {
  EchoFilter filter;
  const int a = 0;
  const int b = 0;
  filter.fromOwner("x", 1000);
  CHECK(filter.fromOther("x", &a, 2000) == Fate::Kept);
  CHECK(filter.empty());

  // The others were faster.
  filter.fromOther("y", &a, 3000);
  filter.fromOther("y", &b, 3000);
  filter.fromOwner("y", 4000);
  CHECK(filter.empty());
}

TEST_CASE("echo filter: what the owner never says comes late, as often as one node has said it") {
  EchoFilter filter;
  const int a = 0;
  const int b = 0;
  filter.fromOther("x", &a, 1000);
  filter.fromOther("x", &a, 2000);
  filter.fromOther("x", &b, 3000);
  CHECK(released(filter, 1000 + EchoFilter::kHoldUs - 1).empty());
  CHECK(released(filter, 2000 + EchoFilter::kHoldUs) == std::vector<std::string>{"x", "x"});
  CHECK(filter.empty());

  // The memory of what the owner said fades.
  filter.fromOwner("z", 1000);
  filter.fromOther("z", &a, 1000 + EchoFilter::kMemoryUs);
  CHECK_FALSE(filter.empty());
}

TEST_CASE("echo filter: one echo for each time that the owner has said it") {
  EchoFilter filter;
  const int a = 0;
  const int b = 0;
  filter.fromOwner("x", 1000);
  for (const int* from : {&a, &b, &a, &a}) filter.fromOther("x", from, 2000);
  CHECK(released(filter, 2000 + EchoFilter::kHoldUs) == std::vector<std::string>{"x", "x"});

  // The others were faster.
  for (const int* from : {&a, &b, &a}) filter.fromOther("y", from, 200000);
  filter.fromOwner("y", 201000);
  filter.fromOther("y", &b, 202000);
  CHECK(released(filter, 202000 + EchoFilter::kHoldUs) == std::vector<std::string>{"y"});
}

TEST_CASE("echo filter: holds a bounded number") {
  EchoFilter filter;
  const int a = 0;
  Fate fate = Fate::Kept;
  size_t kept = 0;
  for (; fate == Fate::Kept && kept < 100000; ++kept) fate = filter.fromOther("x" + std::to_string(kept), &a, 1000);
  CHECK(kept == 1025);
}
