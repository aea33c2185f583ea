// The three kinds of what can be subscribed to, and the words in which clients and nodes speak of them.
// Source: Redis 7.0 documentation, "Redis Pub/Sub" and "Sharded Pub/Sub"; pubsub.c.
// Thread: any (constants).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/slice.h"

namespace slotway {

enum class TopicKind : uint8_t {
  Channel,  ///< its messages reach every node
  Pattern,  ///< of channels' names
  Shard,    ///< a channel whose messages stay with the owner of its hash slot
};
inline constexpr size_t kTopicKinds = 3;

/// As they stand in frames; as a request they do in any case of letters.
struct TopicWords {
  Slice join;
  Slice leave;
  Slice message;
};

inline constexpr std::array<TopicWords, kTopicKinds> kTopicWords{{{"subscribe", "unsubscribe", "message"},
                                                                  {"psubscribe", "punsubscribe", "pmessage"},
                                                                  {"ssubscribe", "sunsubscribe", "smessage"}}};

constexpr const TopicWords& wordsOf(TopicKind kind) { return kTopicWords[static_cast<size_t>(kind)]; }

}  // namespace slotway
