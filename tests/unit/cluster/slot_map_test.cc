#include "cluster/slot_map.h"

#include <doctest/doctest.h>

#include "cluster/slot_map_builder.h"

using namespace slotway;

namespace {

const Endpoint kEndpointA{"127.0.0.1", 7000};
const Endpoint kEndpointB{"127.0.0.1", 7001};
const Endpoint kEndpointC{"127.0.0.1", 7002};

SlotMapBuilder two() {
  SlotMapBuilder builder;
  builder.master("a", kEndpointA, 0, 99, 3).master("b", kEndpointB, 100, 199, 5);
  return builder;
}

// What two() says and a migration of slot 7, with another node for "a".
std::shared_ptr<const SlotMap> changed(Node a) {
  SlotMapBuilder builder;
  const NodeIndex index = builder.addNode(std::move(a));
  for (HashSlot slot = 0; slot < 100; ++slot) builder.setOwner(slot, index, 3);
  return builder.master("b", kEndpointB, 100, 199, 5).migration(7, "a", "b").build();
}

}  // namespace

TEST_CASE("slot map: an empty one covers nothing") {
  const SlotMap map;
  CHECK(map.coveredSlots() == 0);
  CHECK(map.owner(16383) == kNoNode);
  CHECK(map.findId("a") == kNoNode);
  CHECK(map.findEndpoint(kEndpointA) == kNoNode);
  CHECK(map.epoch() == 0);
}

TEST_CASE("slot map: what the builder was told") {
  const auto map = two().replica("c", kEndpointC, "b").migration(7, "a", "b").migration(3, "a", "b").build();
  CHECK(map->nodes().size() == 3);
  CHECK(map->coveredSlots() == 200);
  CHECK(map->owner(99) == map->findId("a"));
  CHECK(map->owner(100) == map->findEndpoint(kEndpointB));
  CHECK(map->owner(200) == kNoNode);
  CHECK(map->ownerEpoch(99) == 3);
  CHECK(map->ownerEpoch(100) == 5);
  CHECK(map->ownerEpoch(200) == 0);
  CHECK(map->epoch() == 5);
  const Node& replica = map->node(map->findId("c"));
  CHECK(replica.role == Role::Replica);
  CHECK(replica.masterId == "b");
  CHECK(replica.configEpoch == 5);
  REQUIRE(map->migrations().size() == 2);
  CHECK(map->migrations()[0] == Migration{3, 0, 1});
  CHECK(map->migrations()[1] == Migration{7, 0, 1});
}

TEST_CASE("slot map: a builder that begins with a map leaves that map alone") {
  const auto before = two().build();
  const auto after = SlotMapBuilder(*before).slots("b", 50, 50).epoch(6).build();
  CHECK(before->owner(50) == before->findId("a"));
  CHECK(after->owner(50) == after->findId("b"));
  CHECK(after->ownerEpoch(50) == 5);
  CHECK(after->owner(49) == after->findId("a"));
  CHECK(after->epoch() == 6);
}

TEST_CASE("slot map: the order of the nodes is no difference, everything else is") {
  const auto map = two().migration(7, "a", "b").build();
  const auto reordered = SlotMapBuilder()
                             .master("b", kEndpointB, 100, 199, 5)
                             .master("a", kEndpointA, 0, 99, 3)
                             .migration(7, "a", "b")
                             .build();
  CHECK(map->sameAs(*changed({"a", kEndpointA, Role::Master, "", 3, false})));
  CHECK(map->sameAs(*reordered));
  CHECK(reordered->sameAs(*map));

  const std::shared_ptr<const SlotMap> others[] = {
      SlotMapBuilder().build(),
      two().build(),
      two().migration(8, "a", "b").build(),
      two().migration(7, "b", "a").build(),
      two().migration(7, "a", "b").epoch(6).build(),
      two().migration(7, "a", "b").slots("a", 150, 150).build(),
      two().migration(7, "a", "b").slots("a", 200, 200).build(),
      two().migration(7, "a", "b").replica("c", kEndpointC, "a").build(),
      changed({"a", kEndpointC, Role::Master, "", 3, false}),
      changed({"a", kEndpointA, Role::Master, "", 4, false}),
      changed({"a", kEndpointA, Role::Master, "", 3, true}),
  };
  SlotMapBuilder sameOwnerNewEpoch(*map);
  sameOwnerNewEpoch.setOwner(50, map->owner(50), 4);
  CHECK_FALSE(map->sameAs(*sameOwnerNewEpoch.build()));
  for (const auto& other : others) {
    CHECK_FALSE(map->sameAs(*other));
    CHECK_FALSE(other->sameAs(*map));
  }
}
