// Where a client's writes have gone, and what is known of them.
#include "exchange/written.h"

#include <doctest/doctest.h>

#include <bit>
#include <numeric>

#include "cluster/slot_map_builder.h"

using namespace slotway;

namespace {

struct Cluster {
  explicit Cluster(const std::vector<std::string>& ids) {
    SlotMapBuilder builder;
    uint16_t port = 7000;
    for (const std::string& id : ids) builder.master(id, {"127.0.0.1", port++});
    map = builder.build();
    masters.resize(ids.size());
    std::iota(masters.begin(), masters.end(), NodeIndex{0});
  }
  std::shared_ptr<const SlotMap> map;
  std::vector<NodeIndex> masters;
};

uint64_t adopt(MasterMarks& marks, const Cluster& cluster) { return marks.adopt(*cluster.map, cluster.masters); }

std::vector<std::string> manyIds(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back("node" + std::to_string(i));
  return ids;
}

}  // namespace

TEST_CASE("master marks: one bit each, kept as long as it is a master") {
  MasterMarks marks;
  CHECK(adopt(marks, Cluster({"a", "b"})) == 0);
  const uint64_t a = marks.of(0);
  const uint64_t b = marks.of(1);
  CHECK(std::popcount(a) == 1);
  CHECK(std::popcount(b) == 1);
  CHECK(a != b);
  CHECK(adopt(marks, Cluster({"c", "b", "a"})) == 0);
  CHECK(marks.of(2) == a);
  CHECK(marks.of(1) == b);
  CHECK((marks.of(0) & (a | b)) == 0);
}

TEST_CASE("master marks: who is a master no more is told of, and its mark is free") {
  MasterMarks marks;
  adopt(marks, Cluster({"a", "b"}));
  const uint64_t a = marks.of(0);
  Cluster aIsReplica({"a", "b"});
  aIsReplica.masters = {1};
  CHECK(adopt(marks, aIsReplica) == a);
  CHECK(marks.of(0) == 0);
  CHECK(adopt(marks, Cluster({"b", "c"})) == 0);
  CHECK(marks.of(1) == a);
}

TEST_CASE("master marks: beyond 63 masters some share one") {
  MasterMarks marks;
  adopt(marks, Cluster(manyIds(63)));
  uint64_t all = 0;
  for (const uint64_t mark : marks.all()) all |= mark;
  CHECK(std::popcount(all) == 63);
  CHECK(adopt(marks, Cluster(manyIds(130))) == 0);
  for (const uint64_t mark : marks.all()) {
    CHECK(std::popcount(mark) == 1);
    CHECK((mark & ~all) == 0);
  }
}

TEST_CASE("written: what is lost is lost until it has been told") {
  Written written;
  written.lose(1);
  CHECK_FALSE(written.anyLost());
  written.note(1);
  written.note(4);
  written.lose(2);
  CHECK_FALSE(written.anyLost());
  CHECK(written.marks() == 5);
  written.lose(1);
  CHECK(written.anyLost());
  CHECK(written.marks() == 4);
  written.tell();
  CHECK_FALSE(written.anyLost());
  CHECK(written.marks() == 4);
  // What the client knows already cannot be lost.
  written.lose(4);
  CHECK_FALSE(written.anyLost());
  CHECK(written.marks() == 4);
  written.note(4);
  written.lose(4);
  CHECK(written.anyLost());
}
