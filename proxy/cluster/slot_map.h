// Who owns each hash slot: an immutable snapshot, made by the topology keeper, read by every worker.
//
//     slot 0..16383 --owner_--> index into nodes() --> Node{id, endpoint, role}
//
// Owner: shared (std::shared_ptr<const SlotMap>). Thread: any (immutable).
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"

namespace slotway {

using NodeIndex = uint16_t;
inline constexpr NodeIndex kNoNode = 0xffff;

/// A slot that its owner is handing over: keys that are no longer there are found at `target`, behind an ASK.
struct Migration {
  HashSlot slot;
  NodeIndex source;
  NodeIndex target;
  bool operator==(const Migration&) const = default;
};

class SlotMap {
 public:
  SlotMap() { owner_.fill(kNoNode); ownerEpoch_.fill(0); }

  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& node(NodeIndex index) const { return nodes_[index]; }
  /// kNoNode when nobody owns the slot.
  NodeIndex owner(HashSlot slot) const { return owner_[slot]; }
  /// The config epoch under which the owner took the slot, as far as known; 0 when nobody owns it.
  uint64_t ownerEpoch(HashSlot slot) const { return ownerEpoch_[slot]; }
  const std::array<NodeIndex, kHashSlots>& owners() const { return owner_; }
  /// By slot, one for a slot at most.
  const std::vector<Migration>& migrations() const { return migrations_; }

  /// kNoNode when there is none.
  NodeIndex findEndpoint(const Endpoint& endpoint) const;
  NodeIndex findId(Slice id) const;

  /// Slots with an owner that is not flagged `fail`.
  uint32_t coveredSlots() const;
  /// The greatest epoch that this map has seen; a view that knows less is stale.
  uint64_t epoch() const { return epoch_; }

  /// The same nodes, owners, epochs and migrations, whatever the order of the nodes: there is no news in `other`.
  bool sameAs(const SlotMap& other) const;

 private:
  friend class SlotMapBuilder;
  std::vector<Node> nodes_;
  std::array<NodeIndex, kHashSlots> owner_;
  std::array<uint64_t, kHashSlots> ownerEpoch_;
  std::vector<Migration> migrations_;
  uint64_t epoch_ = 0;
};

}  // namespace slotway
