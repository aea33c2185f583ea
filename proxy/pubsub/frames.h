// The frames of publish and subscribe: what nodes say on a subscribed connection, and what clients are told.
// Nodes are spoken to in RESP2; a client that speaks RESP3 gets the same frame as a push, which differs in its first byte.
// Thread: any (pure). Source: Redis 7.0 pubsub.c; the RESP3 specification.
#pragma once
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/slice.h"
#include "pubsub/topic_kind.h"
#include "resp/version.h"

namespace slotway {

/// One frame of a node that is neither an error nor a plain reply.
struct PubSubFrame {
  enum class What : uint8_t { Joined, Left, Message, Other };
  What what = What::Other;
  TopicKind kind = TopicKind::Channel;
  Slice topic;    ///< the channel or pattern that was subscribed to
  Slice channel;  ///< of a message: where it was published
  Slice payload;  ///< of a message
};

/// Nothing if the frame cannot be read.
std::optional<PubSubFrame> readPubSubFrame(Slice frame);

/// Behind what is in `out`: a node's frame for a client that speaks this.
void appendFrame(Bytes& out, Slice frame, resp::Version version);
/// "You are subscribed": the topic and how many there are now.
void appendJoined(Bytes& out, TopicKind kind, Slice topic, size_t count, resp::Version version);
void appendLeft(Bytes& out, TopicKind kind, Slice topic, size_t count, resp::Version version);
/// Leave all, when there is none.
void appendLeftNothing(Bytes& out, TopicKind kind, size_t count, resp::Version version);

}  // namespace slotway
