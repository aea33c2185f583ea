// What the proxy itself asks the nodes, to answer for the keyspace as a whole: requests, and what their replies say.
// Thread: any (pure). Source: Redis 7.0's documentation of each command.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/own_slots.h"
#include "command/scan_request.h"

namespace slotway::ask {

// Each appends one whole request.
void ownSlots(Bytes& out);                           ///< -> ownSlotsIn()
void identity(Bytes& out);                           ///< -> runIdIn()
void keys(Bytes& out);                               ///< -> integer: how many keys the node has
void randomKey(Bytes& out);                          ///< -> a key or nil
void keysInSlot(Bytes& out, HashSlot slot);          ///< -> integer; asks the node itself, owner or not
void keysOfSlot(Bytes& out, HashSlot slot, uint64_t most);  ///< -> array; lists keys that have expired, too
void typeOf(Bytes& out, Slice key);                  ///< -> "none" when it has expired
void existing(Bytes& out, std::span<const std::string> keys);  ///< -> integer
/// For what the cluster says of the slot: it asks for a key there that nobody has.
void whereIs(Bytes& out, HashSlot slot);
/// The node's keys from `cursor` on that `like` asks for; its own cursor and count do not matter.
void scan(Bytes& out, uint64_t cursor, uint64_t count, const ScanRequest& like);

/// A key of that slot, of a name that applications do not use.
std::string keyIn(HashSlot slot);

// Nothing when the reply is of another shape.
std::optional<Slice> text(Slice reply);
std::optional<int64_t> integer(Slice reply);
std::optional<std::vector<Slice>> texts(Slice reply);
std::optional<OwnSlots> ownSlotsIn(Slice reply);
std::optional<Slice> runIdIn(Slice reply);

struct ScanReply {
  uint64_t cursor = 0;
  std::vector<Slice> keys;
};
std::optional<ScanReply> scanned(Slice reply);

}  // namespace slotway::ask
