// Channels of keyspace events, and what is heard on them, for the clients of one keyspace. Other channels are everybody's.
//
//     client: __keyspace@0__:k  <->  nodes: __keyspace@0__:{app1}:k       payload of __keyevent@0__:del: {app1}:k <-> k
//
// Thread: any (pure).
#pragma once
#include <optional>
#include <string>

#include "base/bytes.h"
#include "keyspace/keyspace.h"
#include "pubsub/topic_kind.h"

namespace slotway {

/// What to subscribe to where a client names `topic`. Nothing: a pattern for which no pattern of the nodes would do.
std::optional<std::string> topicAtNodes(const Keyspace& keyspace, TopicKind kind, Slice topic);
/// The same back.
std::string topicOfClient(const Keyspace& keyspace, TopicKind kind, Slice topic);

enum class Heard : uint8_t {
  AsItIs,
  Renamed,    ///< a message has been appended for the client
  NotTheirs,  ///< about a key of others, or of no interest to the client's pattern
};
/// A node's whole frame of a message.
Heard renameMessage(const Keyspace& keyspace, Slice frame, Bytes& out);

}  // namespace slotway
