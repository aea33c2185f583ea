#include "base/pool.h"

#include <doctest/doctest.h>

#include <vector>

namespace slotway {
namespace {

struct Thing {
  int mark = 0;
};

std::vector<std::unique_ptr<Thing>> take(Pool<Thing>& pool, size_t count) {
  std::vector<std::unique_ptr<Thing>> things;
  while (things.size() < count) things.push_back(pool.take());
  return things;
}

void give(Pool<Thing>& pool, std::vector<std::unique_ptr<Thing>> things) {
  for (auto& thing : things) pool.give(std::move(thing));
}

}  // namespace

TEST_CASE("pool: an object comes back as it was left") {
  Pool<Thing> pool(4);
  auto thing = pool.take();
  thing->mark = 7;
  pool.give(std::move(thing));
  CHECK(pool.inUse() == 0);
  const auto same = pool.take();
  const auto other = pool.take();
  CHECK(same->mark == 7);
  CHECK(other->mark == 0);
  CHECK(pool.inUse() == 2);
}

TEST_CASE("pool: what nobody has needed since the last look is freed, what is in use again is kept") {
  Pool<Thing> pool(50);
  give(pool, take(pool, 100));
  CHECK(pool.shed() == 0);  // until just now all were in use
  give(pool, take(pool, 10));
  CHECK(pool.shed() == 40 * sizeof(Thing));
  give(pool, take(pool, 20));
  CHECK(pool.shed() == 0);
  CHECK(pool.shed() == 20 * sizeof(Thing));
  CHECK(pool.shed() == 0);
}

}  // namespace slotway
