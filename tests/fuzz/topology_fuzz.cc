// Any bytes in place of a node's replies: a view or an error comes of them, and what the map keeps from before is kept.
// The input is CLUSTER NODES, CLUSTER INFO and CLUSTER SLOTS with a line "=" between them.
#include "cluster/slot_map_builder.h"
#include "cluster/topology_view.h"
#include "cluster/view_merge.h"
#include "fuzz_target.h"

namespace slotway {
namespace {

using Map = std::shared_ptr<const SlotMap>;

const Endpoint kAsked{"gate", 7000};
const AddressMap kAddressMap = {{"10.0.0.1", "gate"}, {"[::1]:7000", "gate:1"}};

Slice cutPart(Slice& rest) {
  constexpr Slice kBetween = "\n=\n";
  const size_t end = rest.find(kBetween);
  const Slice part = rest.substr(0, end);
  rest = end == Slice::npos ? Slice() : rest.substr(end + kBetween.size());
  return part;
}

// The nodes of the corpus, as they were before.
Map knownMap() {
  return SlotMapBuilder()
      .master("a", {"10.0.0.1", 7000}, 0, 8000, 3)
      .master("b", {"10.0.0.2", 7000}, 8001, 16000, 5)
      .replica("c", {"10.0.0.3", 7000}, "b")
      .migration(7, "a", "b")
      .epoch(6)
      .build();
}

void checkWhole(const SlotMap& map) {
  for (const NodeIndex owner : map.owners()) {
    CHECK_THAT(owner == kNoNode || (owner < map.nodes().size() && map.node(owner).role == Role::Master));
  }
  for (const Migration& each : map.migrations()) CHECK_THAT(map.owner(each.slot) == each.source);
}

void checkNotTurnedBack(const SlotMap& before, const SlotMap& after) {
  CHECK_THAT(after.epoch() >= before.epoch());
  for (HashSlot slot = 0; slot < kHashSlots; ++slot) {
    const NodeIndex owner = before.owner(slot);
    const bool ownerIsThere = owner != kNoNode && after.findId(before.node(owner).id) != kNoNode;
    CHECK_THAT(!ownerIsThere || after.owner(slot) == kNoNode || after.ownerEpoch(slot) >= before.ownerEpoch(slot));
  }
}

void checkMerge(const Map& before, const TopologyView& view) {
  const MergedMap merged = mergeView(before, view);
  CHECK_THAT(merged.refused() ? merged.map == before : merged.map != nullptr);
  CHECK_THAT(merged.changed == (merged.map != before));
  if (merged.map == nullptr) return;
  checkWhole(*merged.map);
  if (merged.use == ViewUse::Merged) checkNotTurnedBack(*before, *merged.map);
  CHECK_THAT(!mergeView(merged.map, view).changed);
}

}  // namespace

FUZZ_TARGET(topology) {
  static const Map known = knownMap();
  const Slice nodes = cutPart(input);
  const Slice info = cutPart(input);
  const Result<TopologyView> view = parseTopology({nodes, info, input}, kAsked, kAddressMap);
  CHECK_THAT(view || !view.error().empty());
  if (!view) return;
  checkMerge(nullptr, view.value());
  checkMerge(known, view.value());
}

}  // namespace slotway
