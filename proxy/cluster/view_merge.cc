#include "cluster/view_merge.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "cluster/slot_map_builder.h"

namespace slotway {
namespace {

struct Ownership {
  const ViewNode* owner = nullptr;
  uint64_t epoch = 0;
};

class Merge {
 public:
  Merge(const SlotMap& previous, const TopologyView& view) : previous_(previous), view_(view), claims_(kHashSlots) {
    for (const ViewNode& each : view.nodes) {
      byId_.emplace(each.node.id, &each);
      claim(each);
    }
    for (const Node& node : previous.nodes()) known_.push_back(find(node.id));
  }

  bool knowsNone() const {
    return std::all_of(known_.begin(), known_.end(), [](const ViewNode* node) { return node == nullptr; });
  }

  std::shared_ptr<const SlotMap> run() {
    settleOwners();
    addNodes();
    for (uint32_t slot = 0; slot < kHashSlots; ++slot) {
      const Ownership& settled = settled_[slot];
      if (settled.owner != nullptr) {
        builder_.setOwner(static_cast<HashSlot>(slot), indexes_.at(settled.owner->node.id), settled.epoch);
      }
    }
    keepMigrations();
    addMigrations();
    builder_.setEpoch(std::max(previous_.epoch(), view_.currentEpoch));
    return builder_.build();
  }

  uint32_t keptSlots() const { return keptSlots_; }

 private:
  const ViewNode* find(Slice id) const {
    const auto found = byId_.find(id);
    return found == byId_.end() ? nullptr : found->second;
  }

  void claim(const ViewNode& node) {
    for (const SlotRange range : node.slots) {
      for (uint32_t slot = range.first; slot <= range.last; ++slot) claims_[slot] = &node;
    }
  }

  void settleOwners() {
    for (uint32_t slot = 0; slot < kHashSlots; ++slot) {
      settled_.push_back(settle(static_cast<HashSlot>(slot)));
      const Ownership& settled = settled_.back();
      if (settled.owner == nullptr) continue;
      uint64_t& proven = provenEpochs_[settled.owner];
      proven = std::max(proven, settled.epoch);
    }
  }

  Ownership settle(HashSlot slot) {
    const ViewNode* claimant = claims_[slot];
    const uint64_t claimed = claimant == nullptr ? 0 : claimant->node.configEpoch;
    const NodeIndex owner = previous_.owner(slot);
    const ViewNode* holder = owner == kNoNode ? nullptr : known_[owner];
    if (holder == nullptr) return {claimant, claimed};

    const uint64_t held = previous_.ownerEpoch(slot);
    if (claimant == holder) return {holder, std::max(held, claimed)};
    const uint64_t voice = claimant == nullptr ? holder->node.configEpoch : claimed;
    if (voice >= held) return {claimant, claimed};
    ++keptSlots_;
    return {holder, held};
  }

  // A view that is behind on a slot may also still call its owner a replica: who owns slots is a master.
  Node nodeOf(const ViewNode& each) const {
    Node node = each.node;
    const auto proven = provenEpochs_.find(&each);
    if (proven == provenEpochs_.end()) return node;
    node.role = Role::Master;
    node.masterId.clear();
    node.configEpoch = std::max(node.configEpoch, proven->second);
    return node;
  }

  void addNodes() {
    for (const ViewNode* each : known_) {
      if (each != nullptr) add(*each);
    }
    for (const auto& [id, each] : byId_) {
      if (!indexes_.contains(id)) add(*each);
    }
  }

  void add(const ViewNode& each) { indexes_.emplace(each.node.id, builder_.addNode(nodeOf(each))); }

  void keepMigrations() {
    for (const Migration& each : previous_.migrations()) {
      const Slice source = previous_.node(each.source).id;
      if (source != view_.myId) addMigration(each.slot, source, previous_.node(each.target).id);
    }
  }

  void addMigrations() {
    for (const ViewMigration& each : view_.migrations) addMigration(each.slot, view_.myId, each.targetId);
  }

  void addMigration(HashSlot slot, Slice sourceId, Slice targetId) {
    const ViewNode* owner = settled_[slot].owner;
    const auto target = indexes_.find(targetId);
    if (owner == nullptr || owner->node.id != sourceId || target == indexes_.end() || targetId == sourceId) return;
    builder_.setMigration({slot, indexes_.at(sourceId), target->second});
  }

  const SlotMap& previous_;
  const TopologyView& view_;
  std::map<Slice, const ViewNode*> byId_;
  std::vector<const ViewNode*> claims_;   ///< by slot: who owns it in the view
  std::vector<const ViewNode*> known_;    ///< by index in the previous map; null: not in the view
  std::vector<Ownership> settled_;        ///< by slot
  std::map<const ViewNode*, uint64_t> provenEpochs_;
  std::map<Slice, NodeIndex> indexes_;    ///< by id, in the new map
  SlotMapBuilder builder_;
  uint32_t keptSlots_ = 0;
};

MergedMap takeAll(const TopologyView& view, ViewUse use) {
  const auto nothing = std::make_unique<SlotMap>();
  return {Merge(*nothing, view).run(), use, true, 0};
}

}  // namespace

Slice nameOf(ViewUse use) {
  constexpr std::array<Slice, 5> kNames = {"first", "merged", "other_cluster", "cluster_failing", "stale"};
  return kNames[static_cast<size_t>(use)];
}

MergedMap mergeView(const std::shared_ptr<const SlotMap>& previous, const TopologyView& view) {
  if (!view.clusterOk) return {previous, ViewUse::ClusterFailing, false, 0};
  if (previous == nullptr || previous->nodes().empty()) return takeAll(view, ViewUse::First);
  Merge merge(*previous, view);
  if (merge.knowsNone()) return takeAll(view, ViewUse::OtherCluster);
  if (view.currentEpoch < previous->epoch()) return {previous, ViewUse::Stale, false, 0};
  std::shared_ptr<const SlotMap> map = merge.run();
  if (map->sameAs(*previous)) return {previous, ViewUse::Merged, false, merge.keptSlots()};
  return {std::move(map), ViewUse::Merged, true, merge.keptSlots()};
}

}  // namespace slotway
