// What one node says about the cluster, held against what is known already: the one place where it is decided whether
// a view may change who owns a slot.
//
//     SlotMap (known) --+
//                       +--> MergedMap{map, use, changed}
//     TopologyView   ---+
//
// Owner: the topology keeper calls it for each view. Thread: any (pure).
// Source: Redis cluster specification, "Hash slots configuration propagation" and "UPDATE messages".
#pragma once
#include <cstdint>
#include <memory>

#include "base/slice.h"
#include "cluster/slot_map.h"
#include "cluster/topology_view.h"

namespace slotway {

enum class ViewUse : uint8_t {
  First,           ///< nothing was known: all of it was taken
  Merged,          ///< taken where it is not behind what is known
  OtherCluster,    ///< none of its nodes is known, so its epochs mean nothing to us: all of it was taken
  ClusterFailing,  ///< refused: its cluster_state is fail; ask another node
  Stale,           ///< refused: it has not heard of the epoch that we know; ask another node
};

/// "first", "merged", "other_cluster", "cluster_failing", "stale": for logs.
Slice nameOf(ViewUse use);

struct MergedMap {
  /// The previous map itself where nothing changed; null only where there was none and the view was refused.
  std::shared_ptr<const SlotMap> map;
  ViewUse use = ViewUse::Merged;
  bool changed = false;
  /// Slots whose known owner stayed although the view names another or none, since it is behind on that slot.
  uint32_t keptSlots = 0;

  bool refused() const { return use == ViewUse::ClusterFailing || use == ViewUse::Stale; }
};

/// `previous` may be null. The rules for a view that is not refused, slot by slot:
///  * an owner is never replaced by one of a lower config epoch, as long as the view knows the old owner at all;
///    of equal epochs the view is right, since it is not behind the map as a whole;
///  * a slot without owner in the view loses the one it had, unless the view is behind on that node's epoch;
///  * an owner that is flagged `fail` still owns its slots, as it does for Redis;
///  * the migrations of the view's own node replace its earlier ones; others stay while their source owns the slot.
/// Nodes keep their order; new ones come behind, by id. Nodes that the view does not list are dropped.
MergedMap mergeView(const std::shared_ptr<const SlotMap>& previous, const TopologyView& view);

}  // namespace slotway
