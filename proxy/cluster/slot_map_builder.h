// Makes a SlotMap, a piece at a time: from a merged view, from an older map with changes, or in a few words for a test.
//
//     SlotMapBuilder().master("a", {"127.0.0.1", 7000}, 0, 16383).replica("b", {"127.0.0.1", 7001}, "a").build()
//
// Owner: whoever builds. Thread: any (pure).
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"
#include "cluster/slot_map.h"

namespace slotway {

class SlotMapBuilder {
 public:
  SlotMapBuilder() : map_(std::make_shared<SlotMap>()) {}
  /// Begins with all that `from` holds.
  explicit SlotMapBuilder(const SlotMap& from) : map_(std::make_shared<SlotMap>(from)) {}

  /// An id only once; fewer than kNoNode nodes.
  NodeIndex addNode(Node node);
  /// `owner` is an added node or kNoNode; `ownerEpoch` is the owner's config epoch.
  void setOwner(HashSlot slot, NodeIndex owner, uint64_t ownerEpoch);
  /// Both are added nodes; a slot has one migration, the last one set.
  void setMigration(const Migration& migration);
  void setEpoch(uint64_t epoch) { map_->epoch_ = epoch; }

  // The same by id, in a chain. The map's epoch follows the greatest config epoch; ids named must have been added.
  SlotMapBuilder& master(std::string id, Endpoint endpoint, uint64_t configEpoch = 0);
  SlotMapBuilder& master(std::string id, Endpoint endpoint, HashSlot first, HashSlot last, uint64_t configEpoch = 0);
  SlotMapBuilder& replica(std::string id, Endpoint endpoint, std::string masterId);
  /// Slots first..last belong to `id` from here on.
  SlotMapBuilder& slots(Slice id, HashSlot first, HashSlot last);
  SlotMapBuilder& migration(HashSlot slot, Slice sourceId, Slice targetId);
  SlotMapBuilder& epoch(uint64_t epoch);

  /// Once; the builder is used up.
  std::shared_ptr<const SlotMap> build();

 private:
  std::shared_ptr<SlotMap> map_;
};

}  // namespace slotway
