#include "pubsub/recount.h"

#include <doctest/doctest.h>

#include "command/args.h"
#include "resp/writer.h"

using namespace slotway;

namespace {

TopicCount count(TopicKind kind, const char* name, uint64_t subscribers, std::vector<std::string> places) {
  return {kind, name, subscribers, std::move(places)};
}

// Two workers; nodes a and b.
Census someCensus() {
  Census census;
  census.set(0, count(TopicKind::Channel, "news", 3, {"a"}));
  census.set(1, count(TopicKind::Channel, "news", 4, {"a"}));
  census.set(1, {TopicKind::Channel, "leaving", 0, {"a"}, {"replica"}});
  census.set(0, count(TopicKind::Pattern, "n*", 1, {"a"}));
  census.set(1, count(TopicKind::Pattern, "n*", 1, {"a"}));
  census.set(1, count(TopicKind::Pattern, "*", 2, {"a", "b"}));
  census.set(0, count(TopicKind::Shard, "shard", 5, {"b"}));
  return census;
}

}  // namespace

TEST_CASE("recount: our links out, our clients in") {
  struct Row {
    Recount what;
    const char* request;
    const char* place;
    const char* reply;
    const char* answer;
  };
  const Row rows[] = {
      {Recount::Receivers, "PUBLISH news x", "a", ":5\r\n", ":11\r\n"},
      {Recount::Receivers, "PUBLISH news x", "a", ":6\r\n", ":12\r\n"},   // somebody else is there
      {Recount::Receivers, "PUBLISH news x", "b", ":1\r\n", ":11\r\n"},
      {Recount::Receivers, "PUBLISH News x", "a", ":1\r\n", ":2\r\n"},
      {Recount::Receivers, "PUBLISH news x", "a", ":0\r\n", ":11\r\n"},   // a link has just come
      {Recount::Receivers, "PUBLISH leaving x", "replica", ":2\r\n", ":3\r\n"},
      {Recount::Subscribers, "PUBSUB NUMSUB leaving", "", "*2\r\n$7\r\nleaving\r\n:2\r\n", "*2\r\n$7\r\nleaving\r\n:1\r\n"},
      {Recount::ShardReceivers, "SPUBLISH shard x", "b", ":2\r\n", ":6\r\n"},
      {Recount::ShardReceivers, "SPUBLISH news x", "b", ":2\r\n", ":2\r\n"},
      {Recount::Patterns, "PUBSUB NUMPAT", "", ":3\r\n", ":2\r\n"},
      {Recount::Subscribers, "PUBSUB NUMSUB news x", "",
       "*8\r\n$4\r\nnews\r\n:2\r\n$1\r\nx\r\n:1\r\n$4\r\nnews\r\n:1\r\n$1\r\nx\r\n:0\r\n",
       "*4\r\n$4\r\nnews\r\n:8\r\n$1\r\nx\r\n:1\r\n"},
      {Recount::Subscribers, "PUBSUB NUMSUB", "", "*0\r\n", "*0\r\n"},
      {Recount::ShardSubscribers, "PUBSUB SHARDNUMSUB shard", "", "*2\r\n$5\r\nshard\r\n:1\r\n", "*2\r\n$5\r\nshard\r\n:5\r\n"},
      {Recount::Channels, "PUBSUB CHANNELS", "", "*4\r\n$4\r\nnews\r\n$7\r\nleaving\r\n$1\r\nx\r\n$1\r\nx\r\n",
       "*2\r\n$4\r\nnews\r\n$1\r\nx\r\n"},
      {Recount::Channels, "PUBSUB CHANNELS", "", "*0\r\n", "*1\r\n$4\r\nnews\r\n"},
      {Recount::Channels, "PUBSUB CHANNELS N*", "", "*0\r\n", "*0\r\n"},
      {Recount::ShardChannels, "PUBSUB SHARDCHANNELS s*", "", "*0\r\n", "*1\r\n$5\r\nshard\r\n"},
  };
  const Census census = someCensus();
  for (const Row& row : rows) {
    CAPTURE(row.request);
    CAPTURE(row.reply);
    Bytes request;
    const test::Args args(row.request);
    resp::request(request, args.slices());
    Bytes answer;
    CHECK(recount(row.what, request.slice(), row.reply, row.place, census, answer));
    CHECK(answer.slice() == row.answer);
  }
}

TEST_CASE("recount: what is no number stays as it is") {
  Bytes request;
  Bytes answer;
  const Slice args[] = {"PUBLISH", "c", "x"};
  resp::request(request, args);
  CHECK_FALSE(recount(Recount::Receivers, request.slice(), "$1\r\nx\r\n", "a", Census(), answer));
  CHECK_FALSE(recount(Recount::Channels, request.slice(), ":1\r\n", "a", Census(), answer));
  CHECK_FALSE(recount(Recount::Subscribers, request.slice(), "*2\r\n$1\r\n", "a", Census(), answer));
  CHECK(answer.empty());
}

TEST_CASE("census: forgets what is nowhere any more") {
  Census census = someCensus();
  census.set(0, count(TopicKind::Channel, "news", 0, {}));
  CHECK(census.of(TopicKind::Channel, "news", "a").subscribers == 4);
  census.set(1, count(TopicKind::Channel, "news", 0, {}));
  size_t left = 0;
  census.each(TopicKind::Channel, [&](Slice, const Census::Sum&) { ++left; });
  CHECK(left == 1);
}
