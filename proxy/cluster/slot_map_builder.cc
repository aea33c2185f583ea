#include "cluster/slot_map_builder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace slotway {

NodeIndex SlotMapBuilder::addNode(Node node) {
  CHECK_THAT(map_->nodes_.size() < kNoNode);
  CHECK_THAT(map_->findId(node.id) == kNoNode);
  map_->nodes_.push_back(std::move(node));
  return static_cast<NodeIndex>(map_->nodes_.size() - 1);
}

void SlotMapBuilder::setOwner(HashSlot slot, NodeIndex owner, uint64_t ownerEpoch) {
  CHECK_THAT(slot < kHashSlots);
  CHECK_THAT(owner == kNoNode || owner < map_->nodes_.size());
  map_->owner_[slot] = owner;
  map_->ownerEpoch_[slot] = ownerEpoch;
}

void SlotMapBuilder::setMigration(const Migration& migration) {
  CHECK_THAT(migration.slot < kHashSlots);
  CHECK_THAT(migration.source < map_->nodes_.size() && migration.target < map_->nodes_.size());
  std::vector<Migration>& all = map_->migrations_;
  const auto before = [](const Migration& each, HashSlot slot) { return each.slot < slot; };
  const auto at = std::lower_bound(all.begin(), all.end(), migration.slot, before);
  if (at != all.end() && at->slot == migration.slot) {
    *at = migration;
  } else {
    all.insert(at, migration);
  }
}

SlotMapBuilder& SlotMapBuilder::master(std::string id, Endpoint endpoint, uint64_t configEpoch) {
  addNode({std::move(id), std::move(endpoint), Role::Master, "", configEpoch, false});
  map_->epoch_ = std::max(map_->epoch_, configEpoch);
  return *this;
}

SlotMapBuilder& SlotMapBuilder::master(std::string id, Endpoint endpoint, HashSlot first, HashSlot last,
                                       uint64_t configEpoch) {
  master(std::move(id), std::move(endpoint), configEpoch);
  return slots(map_->nodes_.back().id, first, last);
}

SlotMapBuilder& SlotMapBuilder::replica(std::string id, Endpoint endpoint, std::string masterId) {
  const NodeIndex master = map_->findId(masterId);
  CHECK_THAT(master != kNoNode);
  const uint64_t configEpoch = map_->nodes_[master].configEpoch;
  addNode({std::move(id), std::move(endpoint), Role::Replica, std::move(masterId), configEpoch, false});
  return *this;
}

SlotMapBuilder& SlotMapBuilder::slots(Slice id, HashSlot first, HashSlot last) {
  const NodeIndex owner = map_->findId(id);
  CHECK_THAT(owner != kNoNode && last < kHashSlots);
  const uint64_t ownerEpoch = map_->nodes_[owner].configEpoch;
  for (uint32_t slot = first; slot <= last; ++slot) setOwner(static_cast<HashSlot>(slot), owner, ownerEpoch);
  return *this;
}

SlotMapBuilder& SlotMapBuilder::migration(HashSlot slot, Slice sourceId, Slice targetId) {
  setMigration({slot, map_->findId(sourceId), map_->findId(targetId)});
  return *this;
}

SlotMapBuilder& SlotMapBuilder::epoch(uint64_t epoch) {
  setEpoch(epoch);
  return *this;
}

std::shared_ptr<const SlotMap> SlotMapBuilder::build() {
  CHECK_THAT(map_ != nullptr);
  return std::exchange(map_, nullptr);
}

}  // namespace slotway
