// Every setting, declared once. From these rows come the YAML loader and its messages, the environment variables,
// config/slotway.yaml, config/SETTINGS.md and the flags' listing in --help.
// Thread: any (constants).
#pragma once
#include <span>
#include <string>
#include <vector>

#include "settings/row.h"
#include "settings/settings.h"

// KEY(path, member, kind, preset, range, change, "one sentence")
#define SLOTWAY_SETTINGS(KEY)                                                                                             \
  KEY("workers", workers, Workers, byDefault("auto"), between("1", "64"), Restart,                                        \
      "Threads that serve clients; auto takes the CPUs that quota and affinity leave, at most 2.")                        \
  KEY("ready_requires", readyRequires, Choice, byDefault("topology"), oneOf("topology, full_coverage"), Live,             \
      "What /readyz asks for: that the cluster's layout is known, or also that every hash slot is served.")               \
  KEY("auth.password", clientPassword, Secret, optional("secret"), anything(), Live,                                      \
      "Password that clients must present with AUTH; without one they need none.")                                        \
  KEY("auth.password_file", clientPassword, SecretFile, optional("/run/secrets/slotway"), anything(), Live,               \
      "File that holds the clients' password, instead of password; a newline at its end is not part of it.")              \
  KEY("timeouts.connect", timeouts.connectMs, Duration, byDefault("1s"), between("1ms", "1h"), Live,                      \
      "How long a connection to a node may take to come up.")                                                             \
  KEY("timeouts.request_deadline", timeouts.requestDeadlineMs, Duration, byDefault("20s"), between("10ms", "1h"), Live,   \
      "After this long a command is given up, its redirects and retries included; longer than connect.")                  \
  KEY("timeouts.failover_hold", timeouts.failoverHoldMs, Duration, byDefault("15s"), between("0", "1h"), Live,            \
      "Commands for a shard that cannot be reached wait until this long after its loss; then they are refused at once "   \
      "until it is back. Less than request_deadline; left out it is at most three quarters of it.")                       \
  KEY("timeouts.busy_after", timeouts.busyAfterMs, Duration, byDefault("5s"), between("10ms", "1h"), Live,                \
      "When a node has not answered for this long, others ask it over a fresh connection, on which one that runs a "      \
      "script says BUSY; as the nodes' own busy-reply-threshold.")                                                        \
  KEY("timeouts.drain", timeouts.drainMs, Duration, byDefault("10s"), between("0", "1h"), Live,                           \
      "How long a stop waits for commands in flight.")                                                                    \
  KEY("timeouts.topology_refresh", timeouts.topologyRefreshMs, Duration, byDefault("10s"), between("100ms", "1h"), Live,  \
      "How often the cluster's layout is read again without a cause.")                                                    \
  KEY("timeouts.topology_min_interval", timeouts.topologyMinIntervalMs, Duration, byDefault("100ms"),                     \
      between("1ms", "1m"), Live, "Least time between two readings of the cluster's layout, whatever their causes.")      \
  KEY("timeouts.reconnect_min", timeouts.reconnectMinMs, Duration, byDefault("20ms"), between("1ms", "1m"), Live,         \
      "First wait before a lost connection to a node is made again; it doubles each time, with jitter.")                  \
  KEY("timeouts.reconnect_max", timeouts.reconnectMaxMs, Duration, byDefault("250ms"), between("1ms", "10m"), Live,          \
      "Longest such wait; not below reconnect_min.")                                                                      \
  KEY("timeouts.client_idle", timeouts.clientIdleMs, Duration, byDefault("0"), between("0", "24h"), Live,                 \
      "A client silent for this long is disconnected; 0 is never.")                                                       \
  KEY("limits.clients", limits.clients, Integer, byDefault("10000"), between("1", "1000000"), Live,                       \
      "Clients connected at a time, over all workers.")                                                                   \
  KEY("limits.request_bytes", limits.requestBytes, Size, byDefault("512mb"), between("1kb", "4gb"), Live,                 \
      "Largest request of a client, all its arguments together.")                                                         \
  KEY("limits.client_output_bytes", limits.clientOutputBytes, Size, byDefault("64mb"), between("64kb", "64gb"), Live,     \
      "A client that leaves more reply bytes than this unread is disconnected.")                                          \
  KEY("limits.client_output_soft_bytes", limits.clientOutputSoftBytes, Size, byDefault("16mb"), between("64kb", "64gb"),   \
      Live, "The same, if it leaves more than this unread for client_output_soft_time. A large answer that still comes "   \
      "from its node does not count: while it waits for its client, so does the node.")                                   \
  KEY("limits.client_output_soft_time", limits.clientOutputSoftMs, Duration, byDefault("60s"), between("1ms", "1h"),      \
      Live, "For how long a client may leave more than client_output_soft_bytes unread.")                                 \
  KEY("limits.client_pubsub_bytes", limits.clientPubsubBytes, Size, byDefault("32mb"), between("64kb", "64gb"), Live,     \
      "A subscribed client that leaves more than this unread is disconnected.")                                           \
  KEY("limits.client_pubsub_soft_bytes", limits.clientPubsubSoftBytes, Size, byDefault("8mb"), between("64kb", "64gb"),   \
      Live, "The same, if it leaves more than this unread for client_pubsub_soft_time.")                                  \
  KEY("limits.client_pubsub_soft_time", limits.clientPubsubSoftMs, Duration, byDefault("60s"), between("1ms", "1h"),      \
      Live, "For how long a subscribed client may leave more than client_pubsub_soft_bytes unread.")                      \
  KEY("limits.client_requests_in_flight", limits.clientRequestsInFlight, Integer, byDefault("256"),                       \
      between("1", "1000000"), Live,                                                                                      \
      "Requests of one client under way at a time; more are not read until some are done. Others' requests wait behind "  \
      "them at the nodes: while a client that asks less is served, no more than 64.")                                     \
  KEY("limits.client_bytes_in_flight", limits.clientBytesInFlight, Size, byDefault("64mb"), between("64kb", "64gb"), Live, \
      "Bytes of requests of one client under way at a time; more are not read until some are done. One may be larger, "   \
      "and those below 1kb are not counted.")                                                                             \
  KEY("limits.memory", limits.memory, Size, byDefault("2gb"), between("16mb", "1024gb"), Restart,                           \
      "What requests, answers and messages on their way may add to the process. When they fill half of it, clients that " \
      "hold much are not read from; when they fill five eighths, no client is, and those that hold most are "           \
      "disconnected. The rest is for what the allocator keeps between them.")                                             \
  KEY("limits.held_requests", limits.heldRequests, Integer, byDefault("100000"), between("1", "100000000"), Live,         \
      "Requests that may wait for shards that cannot be reached, over all workers, of which each may use its "            \
      "share; then new ones are refused at once.")                                                                        \
  KEY("limits.held_bytes", limits.heldBytes, Size, byDefault("256mb"), between("64kb", "64gb"), Live,                     \
      "The same, in bytes.")                                                                                              \
  KEY("limits.node_connections", limits.nodeConnections, Integer, byDefault("5000"), between("1", "1000000"), Live,       \
      "Connections to each node, over all workers, of which each may use its share. Clients that block or WATCH need one " \
      "each, and those that track two; when there is none they are refused.")                                             \
  KEY("limits.node_connects_per_second", limits.nodeConnectsPerSecond, Integer, byDefault("500"),                         \
      between("1", "1000000"), Live,                                                                                      \
      "Such connections made to each node in a second, over all workers, of which each may make its share, so that a "    \
      "node that is back is not overrun.")                                                                                \
  KEY("limits.redirects", limits.redirects, Integer, byDefault("16"), between("1", "100"), Live,                           \
      "Redirects (MOVED and ASK) followed for one command, from one TRYAGAIN to the next.")                               \
  KEY("limits.fan_out_keys", limits.fanOutKeys, Integer, byDefault("1048576"), between("1", "16777216"), Live,            \
      "Most keys of one command that is split over slots.")                                                               \
  KEY("limits.cross_slot_bytes", limits.crossSlotBytes, Size, byDefault("16mb"), between("64kb", "1gb"), Live,            \
      "What a command that reads keys of several slots (SUNION, ZINTER, PFCOUNT ...) may gather from the nodes to put "   \
      "together; it is refused when that is more. Its worker does nothing else meanwhile, about 10 ms a megabyte.")       \
  KEY("limits.script_bytes", limits.scriptBytes, Size, byDefault("16mb"), between("0", "1gb"), Live,                      \
      "Scripts seen that are remembered, so that a node that lacks one can be given it; the least recently used goes.")   \
  KEY("slow_log.threshold", slowLog.thresholdMs, Duration, byDefault("10ms"), between("0", "1h"), Live,                   \
      "SLOWLOG and LATENCY show requests that took so long, from their coming to their answer; 0 shows all.")             \
  KEY("slow_log.entries", slowLog.entries, Integer, byDefault("128"), between("0", "10000"), Live,                        \
      "Requests that each worker keeps for SLOWLOG, and SLOWLOG shows at most; 0 keeps none.")                            \
  KEY("admin.bind", adminBind, AdminBind, byDefault("127.0.0.1:9390"), anything(), Restart,                               \
      "Where /metrics, /healthz and /readyz are served over HTTP; off serves them nowhere. IPv6 needs a "                 \
      "civetweb that was built with it; Debian's is not.")                                                                \
  KEY("log.level", log.level, Choice, byDefault("info"), oneOf("debug, info, warn, error"), Live,                         \
      "Least grave event that is logged.")                                                                                \
  KEY("log.format", log.format, Choice, byDefault("text"), oneOf("text, json"), Restart,                                  \
      "Lines of key=value fields, or one JSON object a line.")

// The keys of one entry of `listeners`. Without any entry, the example of `bind` is what is listened on.
#define SLOTWAY_LISTENER_SETTINGS(KEY)                                                                                    \
  KEY("bind", bind, Bind, required("127.0.0.1:6390"), anything(), Restart, "Address that clients connect to.")            \
  KEY("upstream", upstream, UpstreamName, optional("main"), anything(), Restart,                                          \
      "Name of the upstream that its clients talk to; may be left out when there is only one.")                           \
  KEY("facade", facade, Choice, byDefault("single"), oneOf("single, cluster"), Restart,                                   \
      "What clients take it for: one Redis, or a cluster whose only node it is, as libraries that insist on one need it.") \
  KEY("announce", announce, HostPort, optional("slotway.example:6390"), anything(), Restart,                              \
      "Address that a facade of cluster shows of itself; without one it is the address that the client connected to.") \
  KEY("transactions.cross_slot", crossSlotTransactions, Choice, byDefault("refuse"), oneOf("refuse, split"), Restart,     \
      "A transaction (MULTI) with keys of several hash slots: refused, or split into one for each slot, which run one after "  \
      "the other. Only each part is atomic then: another client may see some of them done and others not, and where one "     \
      "fails, those before it have run.")                                                                                 \
  KEY("ordering", ordering, Choice, byDefault("key"), oneOf("key, strict"), Restart,                                      \
      "Which commands of one connection take effect in the order in which they were sent: those on one key, or all of "   \
      "them. With strict one leaves when the one before it has been answered, unless both go to the same node: pipelines " \
      "over several nodes lose their speed.")                                                                             \
  KEY("keyspace.hash_tag", hashTag, HashTag, optional("app1"), anything(), Restart,                                       \
      "Every key of its clients gets this hash tag in front, unseen by them: key is {app1}:key at the nodes. So all of "  \
      "them share a slot, and software that cannot be taught hash tags has transactions and scripts over all its keys, on " \
      "one shard; KEYS, SCAN, DBSIZE, RANDOMKEY and FLUSHALL are about these keys alone.")

// The keys of one entry of `upstreams`.
#define SLOTWAY_UPSTREAM_SETTINGS(KEY)                                                                                    \
  KEY("kind", kind, Choice, byDefault("cluster"), oneOf("cluster"), Restart, "What the servers are.")                     \
  KEY("seeds", seeds, Seeds, required("[redis-0:6379, redis-1:6379]"), anything(), Live,                                  \
      "Nodes asked first for the cluster's layout; their names are resolved again on every refresh.")                     \
  KEY("username", username, Text, optional("app"), anything(), Live,                                                      \
      "User to log in as at the nodes; needs a password.")                                                                \
  KEY("password", password, Secret, optional("secret"), anything(), Live, "Password for the nodes.")                      \
  KEY("password_file", password, SecretFile, optional("/run/secrets/redis"), anything(), Live,                            \
      "File that holds the password for the nodes, instead of password; a newline at its end is not part of it.")         \
  KEY("address_map", addressMap, AddressMap, optional("{10.0.0.1:6379: 127.0.0.1:7000, 10.0.0.2: redis-2.example}"),      \
      anything(), Live,                                                                                                   \
      "Addresses the cluster announces, and where to connect instead; without a port it holds for every port.")

// SHORTCUT(name, path, placeholder, reach, "what the row does not say"): the flag --name and the variable SLOTWAY_NAME.
// Any other setting outside listeners and upstreams has a variable by its path: SLOTWAY_TIMEOUTS_CONNECT.
#define SLOTWAY_SHORTCUTS(SHORTCUT)                                                                                       \
  SHORTCUT("listen", "listeners[].bind", "ADDR", Flag, "Repeatable; replaces the file's listeners.")                      \
  SHORTCUT("upstream", "upstreams.<name>.seeds", "HOST:PORT", Flag,                                                       \
           "Repeatable: seeds of one upstream, main, which replaces the file's upstreams.")                               \
  SHORTCUT("admin", "admin.bind", "ADDR", Flag, "")                                                                       \
  SHORTCUT("workers", "workers", "N", Flag, "")                                                                           \
  SHORTCUT("log-level", "log.level", "LEVEL", Flag, "")                                                                   \
  SHORTCUT("log-format", "log.format", "FORMAT", Flag, "")                                                                \
  SHORTCUT("upstream-username", "upstreams.<name>.username", "NAME", Flag, "")                                            \
  SHORTCUT("upstream-password", "upstreams.<name>.password", "PASSWORD", VariableOnly, "")                                \
  SHORTCUT("upstream-password-file", "upstreams.<name>.password_file", "FILE", Flag, "")                                  \
  SHORTCUT("password", "auth.password", "PASSWORD", VariableOnly, "")                                                     \
  SHORTCUT("password-file", "auth.password_file", "FILE", Flag, "")

namespace slotway::settings {

/// Passwords have no flag: every user of the machine can read a command line.
enum class Reach : uint8_t { Flag, VariableOnly };

struct Shortcut {
  Slice name;
  Slice path;
  Slice placeholder;
  Reach reach;
  Slice note;
};

std::span<const Row<Settings>> settingRows();
std::span<const Row<ListenerSettings>> listenerRows();
std::span<const Row<UpstreamSettings>> upstreamRows();
std::span<const Shortcut> shortcuts();

/// Some setting and where it stands in a whole file: "listeners[].bind", "upstreams.<name>.seeds".
struct PlacedRow {
  std::string path;
  RowFacts facts;
};
/// In the order of a file.
std::vector<PlacedRow> allRows();

/// The variable of a row ("SLOTWAY_WORKERS"); empty if it has none.
std::string variableOf(Slice path);
std::string variableOf(const Shortcut& shortcut);

}  // namespace slotway::settings
