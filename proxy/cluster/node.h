// A Redis server of the cluster as the topology describes it. A value; it does not change once in a SlotMap.
// Thread: any (immutable).
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/slice.h"

namespace slotway {

/// Where to connect: an IP address or a name, and a port.
struct Endpoint {
  std::string host;
  uint16_t port = 0;

  /// "host:port", with brackets around an IPv6 address.
  std::string text() const;
  bool operator==(const Endpoint&) const = default;
};

/// Reads "host:port" or "[v6]:port"; as Redis prints them a bare "v6:port" (last colon splits) is accepted too.
Result<Endpoint> parseEndpoint(Slice text);

/// The same as a cluster announces it: an empty host and "?" are allowed and both read as an empty host, which means
/// the host that was asked. Source: Redis cluster specification, "MOVED Redirection" (cluster-preferred-endpoint-type).
Result<Endpoint> parseAnnouncedEndpoint(Slice text);

/// An IPv4 or IPv6 address without brackets, or what may be a name: printable, without separators, at most 255 bytes.
bool isHost(Slice text);

enum class Role : uint8_t { Master, Replica };

struct Node {
  std::string id;        ///< 40 hex digits, stable over restarts and address changes
  Endpoint endpoint;     ///< after address_map; where this proxy connects
  Role role = Role::Master;
  std::string masterId;  ///< of a replica: its master's id
  uint64_t configEpoch = 0;
  bool failed = false;   ///< flagged `fail` (not `fail?`)

  bool operator==(const Node&) const = default;
};

}  // namespace slotway
