#include "pubsub/frames.h"

#include <doctest/doctest.h>

using namespace slotway;
using What = PubSubFrame::What;

TEST_CASE("pub/sub frames: read") {
  struct Row {
    Slice bytes;
    What what;
    TopicKind kind;
    Slice topic;
    Slice channel;
    Slice payload;
  };
  const Row rows[] = {
      {"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", What::Joined, TopicKind::Channel, "a", "a", ""},
      {"*3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:0\r\n", What::Left, TopicKind::Shard, "a", "a", ""},
      {"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n", What::Message, TopicKind::Channel, "a", "a", "x"},
      {"*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$2\r\nab\r\n$1\r\nx\r\n", What::Message, TopicKind::Pattern, "a*", "ab", "x"},
      {"*2\r\n$4\r\npong\r\n$0\r\n\r\n", What::Other, TopicKind::Channel, "", "", ""},
      {"+PONG\r\n", What::Other, TopicKind::Channel, "", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bytes);
    const auto frame = readPubSubFrame(row.bytes);
    REQUIRE(frame.has_value());
    CHECK(frame->what == row.what);
    if (row.what == What::Other) continue;
    CHECK(frame->kind == row.kind);
    CHECK(frame->topic == row.topic);
    CHECK(frame->channel == row.channel);
    CHECK(frame->payload == row.payload);
  }
  for (const Slice bad : {"", "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n", "x1\r\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(readPubSubFrame(bad).has_value());
  }
}

TEST_CASE("pub/sub frames: written for both protocols") {
  Bytes out;
  appendJoined(out, TopicKind::Pattern, "a*", 2, resp::Version::Resp2);
  appendJoined(out, TopicKind::Pattern, "a*", 2, resp::Version::Resp3);
  appendLeft(out, TopicKind::Channel, "a", 0, resp::Version::Resp3);
  appendLeftNothing(out, TopicKind::Shard, 0, resp::Version::Resp2);
  appendLeftNothing(out, TopicKind::Shard, 0, resp::Version::Resp3);
  appendFrame(out, "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n", resp::Version::Resp3);
  CHECK(out.slice() ==
        "*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:2\r\n"
        ">3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:2\r\n"
        ">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n"
        "*3\r\n$12\r\nsunsubscribe\r\n$-1\r\n:0\r\n"
        ">3\r\n$12\r\nsunsubscribe\r\n_\r\n:0\r\n"
        ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n");
}
