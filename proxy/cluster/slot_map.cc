#include "cluster/slot_map.h"

#include <algorithm>

namespace slotway {
namespace {

template <class Matches>
NodeIndex findNode(const std::vector<Node>& nodes, Matches matches) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), matches);
  return found == nodes.end() ? kNoNode : static_cast<NodeIndex>(found - nodes.begin());
}

// For each node of `ours` the index of the equal node of `theirs`; kNoNode where there is none.
std::vector<NodeIndex> indexesIn(const std::vector<Node>& theirs, const std::vector<Node>& ours) {
  std::vector<NodeIndex> indexes;
  indexes.reserve(ours.size());
  for (size_t at = 0; at < ours.size(); ++at) {
    const bool samePlace = at < theirs.size() && theirs[at] == ours[at];
    const auto equal = [&node = ours[at]](const Node& each) { return each == node; };
    indexes.push_back(samePlace ? static_cast<NodeIndex>(at) : findNode(theirs, equal));
  }
  return indexes;
}

}  // namespace

NodeIndex SlotMap::findEndpoint(const Endpoint& endpoint) const {
  return findNode(nodes_, [&endpoint](const Node& each) { return each.endpoint == endpoint; });
}

NodeIndex SlotMap::findId(Slice id) const {
  return findNode(nodes_, [id](const Node& each) { return each.id == id; });
}

uint32_t SlotMap::coveredSlots() const {
  return static_cast<uint32_t>(std::count_if(owner_.begin(), owner_.end(), [this](NodeIndex owner) {
    return owner != kNoNode && !nodes_[owner].failed;
  }));
}

bool SlotMap::sameAs(const SlotMap& other) const {
  if (epoch_ != other.epoch_ || ownerEpoch_ != other.ownerEpoch_) return false;
  if (nodes_.size() != other.nodes_.size() || migrations_.size() != other.migrations_.size()) return false;
  const std::vector<NodeIndex> there = indexesIn(other.nodes_, nodes_);
  if (std::find(there.begin(), there.end(), kNoNode) != there.end()) return false;

  const auto sameOwner = [&there](NodeIndex ours, NodeIndex theirs) {
    return theirs == (ours == kNoNode ? kNoNode : there[ours]);
  };
  const auto sameMigration = [&there](const Migration& ours, const Migration& theirs) {
    return theirs == Migration{ours.slot, there[ours.source], there[ours.target]};
  };
  return std::equal(owner_.begin(), owner_.end(), other.owner_.begin(), sameOwner) &&
         std::equal(migrations_.begin(), migrations_.end(), other.migrations_.begin(), sameMigration);
}

}  // namespace slotway
