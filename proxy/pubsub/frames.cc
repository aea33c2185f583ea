#include "pubsub/frames.h"

#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using What = PubSubFrame::What;

bool nameIt(Slice word, PubSubFrame& frame) {
  for (size_t i = 0; i < kTopicKinds; ++i) {
    const TopicWords& words = wordsOf(static_cast<TopicKind>(i));
    frame.kind = static_cast<TopicKind>(i);
    frame.what = word == words.message ? What::Message : word == words.join ? What::Joined : What::Left;
    if (frame.what != What::Left || word == words.leave) return true;
  }
  frame.what = What::Other;
  return false;
}

void begin(Bytes& out, Slice word, resp::Version version) {
  resp::pushHeader(out, 3, version);
  resp::bulk(out, word);
}

}  // namespace

std::optional<PubSubFrame> readPubSubFrame(Slice bytes) {
  PubSubFrame frame;
  resp::ReplyReader reader(bytes);
  const auto header = reader.next();
  if (!header.isArray() || header.number < 1) return header.type == 0 ? std::nullopt : std::optional(frame);
  const auto word = reader.next();
  if (!nameIt(word.text, frame)) return frame;
  frame.topic = frame.channel = reader.next().text;
  if (frame.what == What::Message) {
    if (frame.kind == TopicKind::Pattern) frame.channel = reader.next().text;
    frame.payload = reader.next().text;
  }
  return reader.ok() ? std::optional(frame) : std::nullopt;
}

void appendFrame(Bytes& out, Slice frame, resp::Version version) {
  const size_t start = out.size();
  out.append(frame);
  if (version == resp::Version::Resp3) out.data()[start] = '>';
}

void appendJoined(Bytes& out, TopicKind kind, Slice topic, size_t count, resp::Version version) {
  begin(out, wordsOf(kind).join, version);
  resp::bulk(out, topic);
  resp::integer(out, static_cast<int64_t>(count));
}

void appendLeft(Bytes& out, TopicKind kind, Slice topic, size_t count, resp::Version version) {
  begin(out, wordsOf(kind).leave, version);
  resp::bulk(out, topic);
  resp::integer(out, static_cast<int64_t>(count));
}

void appendLeftNothing(Bytes& out, TopicKind kind, size_t count, resp::Version version) {
  begin(out, wordsOf(kind).leave, version);
  resp::null(out, version);
  resp::integer(out, static_cast<int64_t>(count));
}

}  // namespace slotway
