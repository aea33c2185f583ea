#include "pubsub/renamed_channels.h"

#include "command/glob.h"
#include "pubsub/frames.h"
#include "pubsub/keyspace_events.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr Slice kBegin = "__keyspace@";
constexpr Slice kEnd = "__:";

// Where the key begins in "__keyspace@0__:key" or in a pattern of such; 0: it is none.
size_t keyAt(Slice channel) {
  const size_t end = channel.starts_with(kBegin) ? channel.find(kEnd, kBegin.size()) : Slice::npos;
  return end == Slice::npos ? 0 : end + kEnd.size();
}

Slice tagOf(const Keyspace& keyspace, TopicKind kind) {
  return kind == TopicKind::Pattern ? keyspace.globPrefix() : keyspace.prefix();
}

// A star that is behind all of what stands before a key in a channel takes the tag, too. A pattern that has more to say of
// that, as "__key*__:user1", would have to match with and without it.
bool matchesWithTag(Slice pattern) {
  if (!mayMatchKeyspaceChannel(pattern)) return true;
  const size_t end = pattern.find(kEnd);
  return end == Slice::npos || pattern.substr(end + kEnd.size()).starts_with('*');
}

}  // namespace

std::optional<std::string> topicAtNodes(const Keyspace& keyspace, TopicKind kind, Slice topic) {
  const size_t key = keyAt(topic);
  if (kind == TopicKind::Shard) return std::string(topic);
  if (key == 0) {
    const bool event = topic.starts_with("__keyevent@");
    if (kind == TopicKind::Pattern && !event && !matchesWithTag(topic)) return std::nullopt;
    return std::string(topic);
  }
  return std::string(topic.substr(0, key)).append(tagOf(keyspace, kind)).append(topic.substr(key));
}

std::string topicOfClient(const Keyspace& keyspace, TopicKind kind, Slice topic) {
  const size_t key = kind == TopicKind::Shard ? 0 : keyAt(topic);
  const Slice tag = tagOf(keyspace, kind);
  if (key == 0 || !topic.substr(key).starts_with(tag)) return std::string(topic);
  return std::string(topic.substr(0, key)).append(topic.substr(key + tag.size()));
}

Heard renameMessage(const Keyspace& keyspace, Slice bytes, Bytes& out) {
  const auto frame = readPubSubFrame(bytes);
  if (!frame || frame->what != PubSubFrame::What::Message || frame->kind == TopicKind::Shard) return Heard::AsItIs;
  if (!isKeyspaceChannel(frame->channel)) return Heard::AsItIs;
  const Slice name = keyOfEvent(frame->channel, frame->payload);
  if (!keyspace.owns(name)) return Heard::NotTheirs;
  const std::string topic = topicOfClient(keyspace, frame->kind, frame->topic);
  const std::string channel = topicOfClient(keyspace, TopicKind::Channel, frame->channel);
  const bool isPattern = frame->kind == TopicKind::Pattern;
  if (isPattern && !globMatchesExactly(topic, channel)) return Heard::NotTheirs;
  const Slice payload = keyAt(frame->channel) != 0 ? frame->payload : keyspace.keyOf(frame->payload);
  resp::arrayHeader(out, isPattern ? 4 : 3);
  resp::bulk(out, wordsOf(frame->kind).message);
  if (isPattern) resp::bulk(out, topic);
  resp::bulk(out, channel);
  resp::bulk(out, payload);
  return Heard::Renamed;
}

}  // namespace slotway
