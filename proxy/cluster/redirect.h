// What an error reply asks of the one who routes: go elsewhere, come back later, or nothing.
// Source: Redis cluster specification, "Redirection and resharding"; error texts of Redis 7.0 cluster.c and server.c.
// Thread: any (pure).
#pragma once
#include <cstdint>
#include <optional>

#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"

namespace slotway {

enum class RedirectKind : uint8_t {
  Moved,        ///< the slot has another owner: go there and remember
  Ask,          ///< this once, behind ASKING
  TryAgain,     ///< keys of one command are on both sides of a migration
  ClusterDown,  ///< no quorum, or the slot has no owner
  Loading,      ///< the node reads its data set from disk
  MasterDown,   ///< a replica without its master
  ReadOnly,     ///< a master of before that is a replica now
  Unblocked,    ///< a blocked client was released: its instance became a replica, or its stream is gone (perhaps elsewhere)
};
inline constexpr size_t kRedirectKinds = 8;

struct Redirect {
  RedirectKind kind;
  HashSlot slot = kNoSlot;  ///< Moved, Ask
  /// Moved, Ask. An empty host means: the node that answered, at this port (cluster spec, unknown-endpoint).
  Endpoint endpoint;
  /// The text is exactly what the server itself writes before it runs anything; a script's own error hardly is.
  bool serversOwnText = false;
};

/// Reads an error reply ("-MOVED 3999 127.0.0.1:6381\r\n", with or without '-' and line end).
/// Nothing for any other error, for a slot out of range and for an address that cannot be read.
std::optional<Redirect> parseRedirect(Slice error);

/// "moved", "ask", "tryagain", "clusterdown", "loading", "masterdown", "readonly", "unblocked": the metric's label.
Slice nameOf(RedirectKind kind);

}  // namespace slotway
