// Every way in which Slotway itself fails a request: its text for the client, its side, its code. One row each.
// Thread: any (constants).
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/slice.h"

namespace slotway {

// FAILURE(Name, label, Side, code, "text")
// Codes: C001 CLUSTERDOWN, C002 MOVED, C003 ASK, C004 CROSSSLOT, C005 TRYAGAIN; C000: none of these.
#define SLOTWAY_FAILURES(FAILURE)                                                                                             \
  FAILURE(TopologyUnknown, "topology_unknown", Upstream, C001,                                                                \
          "CLUSTERDOWN the cluster behind this proxy has not been reached yet")                                               \
  FAILURE(SlotUncovered, "slot_uncovered", Upstream, C001, "CLUSTERDOWN Hash slot not served")                                \
  FAILURE(ClusterDown, "clusterdown", Upstream, C001, "CLUSTERDOWN The cluster is down, the command was not executed")        \
  FAILURE(ShardLost, "shard_lost", Upstream, C001,                                                                            \
          "CLUSTERDOWN a master has been unavailable for longer than timeouts.failover_hold, the command was not executed")   \
  FAILURE(HeldLimit, "held_limit", Upstream, C001,                                                                            \
          "CLUSTERDOWN too much waits for masters that are unavailable (limits.held_requests, limits.held_bytes), the "       \
          "command was not executed")                                                                                         \
  FAILURE(NodeConnections, "node_connections", Upstream, C000,                                                                \
          "ERR too many connections to a node are in use by clients that block, WATCH or track (limits.node_connections), "   \
          "the command was not executed")                                                                                     \
  FAILURE(TooManyMoved, "too_many_moved", Upstream, C002,                                                                     \
          "CLUSTERDOWN too many redirections, the command was not executed")                                                  \
  FAILURE(TooManyAsk, "too_many_ask", Upstream, C003,                                                                         \
          "CLUSTERDOWN too many redirections while the slot migrates, the command was not executed")                          \
  FAILURE(CrossSlot, "crossslot", Client, C004, "CROSSSLOT Keys in request don't hash to the same slot")                      \
  FAILURE(TryAgain, "tryagain", Upstream, C005,                                                                               \
          "TRYAGAIN Multiple keys request during rehashing of slot, the command was not executed")                            \
  FAILURE(LinkLost, "link_lost", Upstream, C000, "ERR upstream connection lost, the command may have run")                    \
  FAILURE(DeadlineUnknown, "deadline_outcome_unknown", Upstream, C000,                                                        \
          "ERR no answer from upstream before the request deadline, the command may have run")                                \
  FAILURE(DeadlineUnsent, "deadline_not_executed", Upstream, C000,                                                            \
          "ERR upstream not available before the request deadline, the command was not executed")                             \
  FAILURE(Overtaken, "overtaken", Upstream, C000,                                                                             \
          "ERR the command was not executed: a later command of this connection that it must go before ran first")            \
  FAILURE(Draining, "draining", Client, C000, "ERR this proxy is shutting down, the command was not executed")                \
  FAILURE(PartialFailure, "partial_failure", Upstream, C000, "ERR some parts of the command failed")                          \
  FAILURE(UpstreamProtocol, "upstream_protocol", Upstream, C000,                                                              \
          "ERR unintelligible reply from upstream, the command may have run")                                                 \
  FAILURE(UpstreamAuth, "upstream_auth", Upstream, C000,                                                                      \
          "ERR upstream refused the proxy's credentials, the command was not executed")                                       \
  FAILURE(NoResp3, "no_resp3", Upstream, C000,                                                                                \
          "NOPROTO the node does not speak RESP3 (Redis 6 and later do), the command was not executed")                       \
  FAILURE(UnknownCommand, "unknown_command", Client, C000, "ERR unknown command")                                             \
  FAILURE(WrongArity, "wrong_arity", Client, C000, "ERR wrong number of arguments")                                           \
  FAILURE(Refused, "refused", Client, C000, "ERR not supported")                                                              \
  FAILURE(NotAuthenticated, "noauth", Client, C000, "NOAUTH Authentication required.")                                        \
  FAILURE(ClientProtocol, "client_protocol", Client, C000, "ERR Protocol error")                                              \
  FAILURE(RequestLimit, "request_limit", Client, C000, "ERR Protocol error: request too large")                               \
  FAILURE(ClientLimit, "client_limit", Client, C000, "ERR max number of clients reached")                                     \
  FAILURE(OutputLimit, "output_limit", Client, C000, "ERR client output limit reached")                                       \
  FAILURE(GatherLimit, "gather_limit", Client, C000,                                                                          \
          "ERR the nodes have answered, with more than limits.client_output_bytes together: ask for less (SCAN, not KEYS)")   \
  FAILURE(CrossSlotLimit, "cross_slot_limit", Client, C000,                                                                   \
          "ERR the keys hold more than limits.cross_slot_bytes together: give them one hash tag, as in {user1}:a and {user1}:b") \
  FAILURE(MemoryLimit, "memory_limit", Client, C000, "ERR the proxy's memory limit is reached (limits.memory)")               \
  FAILURE(SubscriberLimit, "subscriber_limit", Client, C000, "ERR subscriber does not keep up with its messages")             \
  FAILURE(FanOutLimit, "fan_out_limit", Client, C000, "ERR too many keys in one command (limits.fan_out_keys)")

enum class Failure : uint8_t {
#define SLOTWAY_FAILURE_NAME(name, label, side, code, text) name,
  SLOTWAY_FAILURES(SLOTWAY_FAILURE_NAME)
#undef SLOTWAY_FAILURE_NAME
};
inline constexpr size_t kFailures = 0
#define SLOTWAY_FAILURE_COUNT(name, label, side, code, text) +1
    SLOTWAY_FAILURES(SLOTWAY_FAILURE_COUNT)
#undef SLOTWAY_FAILURE_COUNT
    ;

/// The error reply's text, without '-'.
Slice textOf(Failure failure);
/// The metric's label.
Slice labelOf(Failure failure);
/// "client" or "upstream".
Slice sideOf(Failure failure);
/// "C001" ...; empty for none.
Slice codeOf(Failure failure);

}  // namespace slotway
