#include "cluster/view_merge.h"

#include <doctest/doctest.h>

#include <string>

#include "cluster/golden.h"
#include "cluster/slot_map_builder.h"

using namespace slotway;

namespace {

using Map = std::shared_ptr<const SlotMap>;

Endpoint endpointOf(const std::string& id) { return {"host-" + id, 7000}; }

// A view in a few words; asked is "a".
class View {
 public:
  explicit View(uint64_t currentEpoch) {
    view_.clusterOk = true;
    view_.currentEpoch = currentEpoch;
    view_.myId = "a";
  }
  View& master(const std::string& id, uint64_t configEpoch, std::vector<SlotRange> slots = {}) {
    add({id, endpointOf(id), Role::Master, "", configEpoch, false}, std::move(slots));
    return *this;
  }
  View& replica(const std::string& id, const std::string& masterId, uint64_t configEpoch) {
    add({id, endpointOf(id), Role::Replica, masterId, configEpoch, false}, {});
    return *this;
  }
  View& fail() {
    view_.nodes.back().node.failed = true;
    return *this;
  }
  View& at(Endpoint endpoint) {
    view_.nodes.back().node.endpoint = std::move(endpoint);
    return *this;
  }
  View& asked(const std::string& id) {
    view_.myId = id;
    return *this;
  }
  View& migrating(HashSlot slot, const std::string& targetId) {
    view_.migrations.push_back({slot, targetId});
    return *this;
  }
  View& clusterFailing() {
    view_.clusterOk = false;
    return *this;
  }
  operator const TopologyView&() const { return view_; }

 private:
  void add(Node node, std::vector<SlotRange> slots) {
    const bool myself = node.id == view_.myId;
    view_.nodes.push_back({std::move(node), myself, false, false, std::move(slots)});
  }
  TopologyView view_;
};

// Known: a owns 0..99 with epoch 3, b owns 100..199 with epoch 5, c replicates b; the map has seen epoch 6.
Map known() {
  return SlotMapBuilder()
      .master("a", endpointOf("a"), 0, 99, 3)
      .master("b", endpointOf("b"), 100, 199, 5)
      .replica("c", endpointOf("c"), "b")
      .epoch(6)
      .build();
}

View sameView(uint64_t currentEpoch) {
  View view(currentEpoch);
  return view.master("a", 3, {{0, 99}}).master("b", 5, {{100, 199}}).replica("c", "b", 5);
}

std::string ownerOf(const Map& map, HashSlot slot) {
  const NodeIndex owner = map->owner(slot);
  return owner == kNoNode ? "" : map->node(owner).id;
}

std::string idsOf(const Map& map) {
  std::string ids;
  for (const Node& node : map->nodes()) ids += node.id;
  return ids;
}

}  // namespace

TEST_CASE("merge: the first view is taken, nodes by id") {
  View view(6);
  view.master("b", 5, {{100, 199}}).replica("c", "b", 5).master("a", 3, {{0, 99}}).migrating(7, "b");
  for (const Map& nothing : {Map(), SlotMapBuilder().build()}) {
    const MergedMap merged = mergeView(nothing, view);
    CHECK(merged.use == ViewUse::First);
    CHECK(merged.changed);
    CHECK_FALSE(merged.refused());
    REQUIRE(merged.map);
    CHECK(merged.map->sameAs(*SlotMapBuilder(*known()).migration(7, "a", "b").build()));
    CHECK(idsOf(merged.map) == "abc");
  }
}

TEST_CASE("merge: a view that brings nothing new gives the same map back") {
  const Map before = known();
  View reordered(6);
  reordered.replica("c", "b", 5).master("b", 5, {{150, 199}, {100, 149}}).master("a", 3, {{0, 99}});
  for (const View& view : {sameView(6), reordered}) {
    const MergedMap merged = mergeView(before, view);
    CHECK(merged.use == ViewUse::Merged);
    CHECK_FALSE(merged.changed);
    CHECK(merged.map == before);
  }
}

TEST_CASE("merge: ping times of a real cluster are no news") {
  const test::Replies first("plain");
  const test::Replies later("migrating");
  REQUIRE(first.nodes != later.nodes);
  Result<TopologyView> firstView = first.parse();
  Result<TopologyView> laterView = later.parse();
  REQUIRE(firstView);
  REQUIRE(laterView);
  laterView->migrations.clear();
  const MergedMap merged = mergeView(nullptr, *firstView);
  CHECK(merged.map->coveredSlots() == kHashSlots);
  CHECK_FALSE(mergeView(merged.map, *laterView).changed);
}

TEST_CASE("merge: a view of a node whose cluster_state is fail is refused, known or not") {
  const Map before = known();
  View view = sameView(99).clusterFailing();
  const MergedMap merged = mergeView(before, view);
  CHECK(merged.use == ViewUse::ClusterFailing);
  CHECK(merged.refused());
  CHECK(merged.map == before);
  CHECK_FALSE(merged.changed);

  const MergedMap first = mergeView(nullptr, view);
  CHECK(first.use == ViewUse::ClusterFailing);
  CHECK(first.map == nullptr);
}

TEST_CASE("merge: a view that has not heard of the epoch is refused as a whole, even where its epochs are higher") {
  const Map before = known();
  View view(5);
  view.master("a", 9, {{0, 199}}).master("b", 5);
  const MergedMap merged = mergeView(before, view);
  CHECK(merged.use == ViewUse::Stale);
  CHECK(merged.refused());
  CHECK(merged.map == before);
  CHECK(ownerOf(merged.map, 150) == "b");
}

TEST_CASE("merge: a view without any known node is another cluster, whatever its epochs") {
  const Map before = known();
  View other(1);
  other.asked("x").master("x", 1, {{0, 16383}});
  const MergedMap merged = mergeView(before, other);
  CHECK(merged.use == ViewUse::OtherCluster);
  CHECK(merged.changed);
  CHECK(idsOf(merged.map) == "x");
  CHECK(ownerOf(merged.map, 150) == "x");
  CHECK(merged.map->epoch() == 1);

  View oneIsKnown(1);
  oneIsKnown.asked("x").master("x", 1, {{0, 16383}}).replica("c", "x", 1);
  CHECK(mergeView(before, oneIsKnown).use == ViewUse::Stale);

  View failing = other.clusterFailing();
  CHECK(mergeView(before, failing).use == ViewUse::ClusterFailing);
}

// Slot 150 is b's with epoch 5 before.
TEST_CASE("merge: who owns a slot") {
  struct Row {
    const char* why;
    View view;
    std::string owner;
    uint64_t ownerEpoch;
    uint32_t keptSlots;
  };
  const std::vector<SlotRange> hers = {{100, 199}};
  const std::vector<SlotRange> one = {{150, 150}};
  const Row rows[] = {
      {"a higher epoch takes the slot", View(7).master("a", 7, one).master("b", 5), "a", 7, 0},
      {"an equal epoch takes the slot", View(6).master("a", 5, one).master("b", 5), "a", 5, 0},
      {"a lower epoch does not", View(7).master("a", 4, one).master("b", 5), "b", 5, 1},
      {"not even if the view knows more of the old owner", View(9).master("a", 4, one).master("b", 9), "b", 5, 1},
      {"unless the view does not know the old owner", View(7).master("a", 4, one), "a", 4, 0},
      {"the same owner with a higher epoch", View(7).master("a", 3).master("b", 7, hers), "b", 7, 0},
      {"the same owner with a lower epoch", View(7).master("a", 3).master("b", 2, hers), "b", 5, 0},
      {"nobody, and the old owner is known well", View(6).master("a", 3).master("b", 5), "", 0, 0},
      {"nobody, but the view is behind on the old owner", View(7).master("a", 3).master("b", 4), "b", 5, 100},
      {"nobody, and the old owner is gone", View(6).master("a", 3), "", 0, 0},
      {"an owner that failed", View(6).master("a", 3).master("b", 5, hers).fail(), "b", 5, 0},
      {"its replica was elected", View(7).master("a", 3).master("c", 7, hers).replica("b", "c", 7), "c", 7, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const MergedMap merged = mergeView(known(), row.view);
    CHECK(merged.use == ViewUse::Merged);
    CHECK(ownerOf(merged.map, 150) == row.owner);
    CHECK(merged.map->ownerEpoch(150) == row.ownerEpoch);
    CHECK(merged.keptSlots == row.keptSlots);
  }
}

TEST_CASE("merge: the slots whose owner stayed are counted") {
  View view(7);
  view.master("a", 4, {{0, 149}}).master("b", 5, {{150, 199}});
  const MergedMap merged = mergeView(known(), view);
  CHECK(merged.keptSlots == 50);
  CHECK(ownerOf(merged.map, 149) == "b");
  CHECK(ownerOf(merged.map, 99) == "a");
}

TEST_CASE("merge: a slot that nobody owned goes to whoever owns it now") {
  View view(6);
  view.master("a", 0, {{0, 99}, {200, 300}}).master("b", 5, {{100, 199}});
  const MergedMap merged = mergeView(known(), view);
  CHECK(ownerOf(merged.map, 250) == "a");
  CHECK(merged.map->ownerEpoch(250) == 0);
  CHECK(merged.map->ownerEpoch(50) == 3);
}

TEST_CASE("merge: who owns slots is a master, though the view is behind and calls it a replica") {
  View election(7);
  election.master("a", 3, {{0, 99}}).replica("b", "c", 7).master("c", 7, {{100, 199}});
  const Map elected = mergeView(known(), election).map;
  const MergedMap merged = mergeView(elected, sameView(7));
  CHECK(ownerOf(merged.map, 150) == "c");
  CHECK(merged.keptSlots == 100);
  const Node& owner = merged.map->node(merged.map->owner(150));
  CHECK(owner.role == Role::Master);
  CHECK(owner.masterId == "");
  CHECK(owner.configEpoch == 7);
}

TEST_CASE("merge: a master that a view demotes, and that owns nothing, is a replica, whatever its old epoch") {
  View view(6);
  view.master("a", 6, {{0, 199}}).replica("b", "a", 4).replica("c", "a", 4);
  const MergedMap merged = mergeView(known(), view);
  const Node& node = merged.map->node(merged.map->findId("b"));
  CHECK(node.role == Role::Replica);
  CHECK(node.masterId == "a");
}

TEST_CASE("merge: nodes keep their places, the gone leave, the new come behind by id") {
  View view(6);
  view.master("z", 0).master("b", 5, {{100, 199}}).master("d", 0).replica("c", "b", 5).at({"moved", 7}).fail();
  const MergedMap merged = mergeView(known(), view);
  CHECK(merged.changed);
  CHECK(idsOf(merged.map) == "bcdz");
  CHECK(ownerOf(merged.map, 150) == "b");
  CHECK(ownerOf(merged.map, 50) == "");
  CHECK(merged.map->findEndpoint({"moved", 7}) == merged.map->findId("c"));
  CHECK(merged.map->node(merged.map->findId("c")).failed);
}

TEST_CASE("merge: the map's epoch follows, with nothing else to say") {
  const MergedMap merged = mergeView(known(), sameView(8));
  CHECK(merged.changed);
  CHECK(merged.map->epoch() == 8);
  CHECK(mergeView(merged.map, sameView(7)).use == ViewUse::Stale);
}

TEST_CASE("merge: migrations") {
  struct Row {
    const char* why;
    View view;
    std::vector<Migration> migrations;
  };
  const Map before = SlotMapBuilder(*known()).migration(7, "a", "b").migration(150, "b", "a").build();
  const Row rows[] = {
      {"a tells its own; b's stays", sameView(6).migrating(8, "b"), {{8, 0, 1}, {150, 1, 0}}},
      {"a has none any more", sameView(6), {{150, 1, 0}}},
      {"b has none any more", sameView(6).asked("b"), {{7, 0, 1}}},
      {"a replica says nothing about them", sameView(6).asked("c"), {{7, 0, 1}, {150, 1, 0}}},
      {"of one slot twice the last", sameView(6).migrating(8, "c").migrating(8, "b"),
       {{8, 0, 1}, {150, 1, 0}}},
      {"b no longer owns the slot",
       View(7).master("a", 7, {{0, 99}, {150, 150}}).master("b", 5, {{100, 149}, {151, 199}}),
       {}},
      {"a does not own what it hands over", sameView(6).migrating(120, "b"), {{150, 1, 0}}},
      {"to itself", sameView(6).migrating(8, "a"), {{150, 1, 0}}},
      {"to a node that is not listed", sameView(6).migrating(8, "x"), {{150, 1, 0}}},
      {"the target is gone", View(6).asked("b").master("b", 5, {{100, 199}}), {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    CHECK(mergeView(before, row.view).map->migrations() == row.migrations);
  }
}

TEST_CASE("merge: every use has its name") {
  const std::pair<ViewUse, const char*> rows[] = {{ViewUse::First, "first"},
                                                  {ViewUse::Merged, "merged"},
                                                  {ViewUse::OtherCluster, "other_cluster"},
                                                  {ViewUse::ClusterFailing, "cluster_failing"},
                                                  {ViewUse::Stale, "stale"}};
  for (const auto& [use, name] : rows) CHECK(nameOf(use) == name);
}
