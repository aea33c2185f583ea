#include "pubsub/renamed_channels.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "resp/writer.h"

namespace slotway {
namespace {

const Keyspace kKeyspace("T*");

std::string at(TopicKind kind, Slice topic) {
  const auto name = topicAtNodes(kKeyspace, kind, topic);
  if (!name) return "refused";
  CHECK(topicOfClient(kKeyspace, kind, *name) == topic);
  return *name;
}

std::string heard(std::vector<Slice> words) {
  Bytes frame;
  resp::request(frame, words);
  Bytes out;
  switch (renameMessage(kKeyspace, frame.slice(), out)) {
    case Heard::AsItIs: return "as it is";
    case Heard::NotTheirs: return "not theirs";
    case Heard::Renamed: return std::string(out.slice());
  }
  return "";
}

std::string frame(std::vector<Slice> words) {
  Bytes out;
  resp::request(out, words);
  return std::string(out.slice());
}

}  // namespace

TEST_CASE("renamed channels: events of a key are told by its name") {
  CHECK(at(TopicKind::Channel, "__keyspace@0__:k") == "__keyspace@0__:{T*}:k");
  CHECK(at(TopicKind::Channel, "__keyevent@0__:del") == "__keyevent@0__:del");
  CHECK(at(TopicKind::Channel, "news") == "news");
  CHECK(at(TopicKind::Shard, "__keyspace@0__:k") == "__keyspace@0__:k");
}

TEST_CASE("renamed channels: patterns") {
  CHECK(at(TopicKind::Pattern, "__keyspace@0__:user*") == "__keyspace@0__:{T\\*}:user*");
  CHECK(at(TopicKind::Pattern, "__keyspace@*__:*") == "__keyspace@*__:{T\\*}:*");
  CHECK(at(TopicKind::Pattern, "__keyevent@*__:expired") == "__keyevent@*__:expired");
  CHECK(at(TopicKind::Pattern, "__key*__:*") == "__key*__:*");
  CHECK(at(TopicKind::Pattern, "*") == "*");
  CHECK(at(TopicKind::Pattern, "news.*") == "news.*");
  CHECK(at(TopicKind::Pattern, "__key*__:user1") == "refused");
}

TEST_CASE("renamed channels: messages") {
  CHECK(heard({"message", "news", "{T*}:x"}) == "as it is");
  CHECK(heard({"message", "__keyspace@0__:{T*}:k", "set"}) == frame({"message", "__keyspace@0__:k", "set"}));
  CHECK(heard({"message", "__keyevent@0__:set", "{T*}:k"}) == frame({"message", "__keyevent@0__:set", "k"}));
  CHECK(heard({"message", "__keyevent@0__:set", "other"}) == "not theirs");
  CHECK(heard({"pmessage", "*", "__keyspace@0__:other", "set"}) == "not theirs");
  CHECK(heard({"pmessage", "*", "__keyspace@0__:{T*}:k", "set"}) == frame({"pmessage", "*", "__keyspace@0__:k", "set"}));
  CHECK(heard({"pmessage", "__keyspace@*__:{T\\*}:u*", "__keyspace@0__:{T*}:u1", "set"}) ==
        frame({"pmessage", "__keyspace@*__:u*", "__keyspace@0__:u1", "set"}));
  CHECK(heard({"pmessage", "*{T*}*", "__keyspace@0__:{T*}:k", "set"}) == "not theirs");
}

}  // namespace slotway
