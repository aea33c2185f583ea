// The checked settings of a process, as plain values with units in their names. What each means, its default, its range
// and whether it may change while running stands in its row in settings/rows.h; the defaults here repeat the rows' so that
// a bare Settings{} is usable in tests (a test compares them).
// Owner: main, then control; handed to workers as std::shared_ptr<const Settings>. Thread: any (immutable once checked).
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace slotway {

enum class LogLevel : uint8_t { Debug, Info, Warn, Error };
enum class LogFormat : uint8_t { Text, Json };
enum class ReadyRequires : uint8_t { Topology, FullCoverage };
enum class UpstreamKind : uint8_t { Cluster };
/// What clients take a listener for.
enum class Facade : uint8_t {
  Single,   ///< one Redis without cluster mode
  Cluster,  ///< a cluster of one node, the proxy, for libraries that insist on a cluster
};

/// What becomes of a transaction whose keys lie in several hash slots.
enum class CrossSlotTransactions : uint8_t {
  Refuse,
  Split,  ///< one for each slot, one after the other
};

/// Of which commands of one connection the order is kept.
enum class Ordering : uint8_t {
  Key,     ///< those on one key
  Strict,  ///< all
};

/// What holds for the clients of one listener: each of them has a pointer to it.
struct ListenerSettings {
  std::string bind;        ///< "host:port", "[v6]:port" or "unix:/path"
  std::string upstream{};  ///< a name in upstreams; filled in when there is only one
  Facade facade = Facade::Single;
  std::string announce{};  ///< "host:port" or "[v6]:port"; empty: the address that the client connected to
  CrossSlotTransactions crossSlotTransactions = CrossSlotTransactions::Refuse;
  Ordering ordering = Ordering::Key;
  std::string hashTag{};   ///< keyspace.hash_tag; empty: none
  bool operator==(const ListenerSettings&) const = default;
};

struct UpstreamSettings {
  std::string name;
  UpstreamKind kind = UpstreamKind::Cluster;
  std::vector<std::string> seeds;  ///< "host:port"
  std::string username;
  std::string password;            ///< already read from password_file where that was given
  /// Announced "host:port" or "host" -> where to connect instead; without a port there, the announced one stays.
  std::vector<std::pair<std::string, std::string>> addressMap;
  bool operator==(const UpstreamSettings&) const = default;
};

struct Settings {
  unsigned workers = 0;  ///< 0: auto; while running: as many as there are
  std::vector<ListenerSettings> listeners;
  std::vector<UpstreamSettings> upstreams;
  std::string clientPassword;  ///< empty: clients need no AUTH
  ReadyRequires readyRequires = ReadyRequires::Topology;

  struct Timeouts {
    uint64_t connectMs = 1000;
    uint64_t requestDeadlineMs = 20000;
    uint64_t failoverHoldMs = 15000;        ///< since the loss of a shard
    uint64_t drainMs = 10000;
    uint64_t topologyRefreshMs = 10000;     ///< period of the refresh that nothing asked for
    uint64_t topologyMinIntervalMs = 100;   ///< at least this long between two refreshes
    uint64_t reconnectMinMs = 20;           ///< first back-off of a lost link; doubles, with jitter
    uint64_t reconnectMaxMs = 250;
    uint64_t clientIdleMs = 0;              ///< 0: never
    uint64_t busyAfterMs = 5000;            ///< of a node's silence: then a fresh link tells if it runs a script
    bool operator==(const Timeouts&) const = default;
  } timeouts;

  struct Limits {
    uint64_t clients = 10000;
    uint64_t requestBytes = 512ull << 20;
    uint64_t clientOutputBytes = 64ull << 20;
    uint64_t crossSlotBytes = 16ull << 20;
    uint64_t clientOutputSoftBytes = 16ull << 20;  ///< the same, when it has been more for clientOutputSoftMs
    uint64_t clientOutputSoftMs = 60000;
    uint64_t clientRequestsInFlight = 256; ///< more are not read until some are answered
    uint64_t clientBytesInFlight = 64ull << 20;  ///< the same of their bytes
    uint64_t memory = 2ull << 30;          ///< of all buffers together
    uint64_t heldRequests = 100000;          ///< that wait for a shard; the workers share what they have
    uint64_t heldBytes = 256ull << 20;
    uint64_t nodeConnections = 5000;         ///< to each node; the workers share what they have
    uint64_t nodeConnectsPerSecond = 500;    ///< the same
    uint64_t redirects = 16;                 ///< MOVED and ASK followed for one command
    uint64_t fanOutKeys = 1048576;           ///< keys of one split command
    uint64_t scriptBytes = 16ull << 20;      ///< of scripts that each worker remembers; they share what they have
    uint64_t clientPubsubBytes = 32ull << 20;     ///< of a subscribed client, unread: cut off
    uint64_t clientPubsubSoftBytes = 8ull << 20;  ///< the same, when it has been more for clientPubsubSoftMs
    uint64_t clientPubsubSoftMs = 60000;
    bool operator==(const Limits&) const = default;
  } limits;

  struct SlowLog {
    uint64_t thresholdMs = 10;
    uint64_t entries = 128;  ///< of each worker; 0: none are kept
    bool operator==(const SlowLog&) const = default;
  } slowLog;

  std::string adminBind = "127.0.0.1:9390";  ///< "off": none

  struct Log {
    LogLevel level = LogLevel::Info;
    LogFormat format = LogFormat::Text;
    bool operator==(const Log&) const = default;
  } log;
  bool operator==(const Settings&) const = default;

  /// The place in `upstreams` of the one that a listener's clients talk to; checked settings always have it.
  size_t upstreamOf(const ListenerSettings& listener) const {
    size_t place = 0;
    while (upstreams[place].name != listener.upstream) ++place;
    return place;
  }
};

}  // namespace slotway
