// Reads CLUSTER SLOTS, of which only the endpoints are used: it says where each node wants to be reached
// (cluster-preferred-endpoint-type). Who owns what is taken from CLUSTER NODES, which alone carries config epochs.
//
//     [[first, last, [endpoint, port, id, [metadata...]], replica...]...]
//
// Thread: any (pure). Source: https://redis.io/commands/cluster-slots, "Nested Result Array".
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "base/slice.h"

namespace slotway {

struct PreferredEndpoint {
  enum class Kind : uint8_t {
    Given,       ///< `host` is an address or a name
    Asked,       ///< an empty text: the host that was asked, since this node does not know its own
    Unknown,     ///< null, unknown-endpoint: the same, for every node of this cluster
    NoHostname,  ///< "?": names are preferred but this node has none
  };
  Kind kind = Kind::Given;
  std::string host;
  uint16_t port = 0;  ///< 0: not said
};

/// By node id.
using PreferredEndpoints = std::map<std::string, PreferredEndpoint, std::less<>>;

/// `reply` is one whole RESP2 reply (an error reply is an error). Nodes that serve no slot are not in it.
Result<PreferredEndpoints> parseSlotsReply(Slice reply);

}  // namespace slotway
