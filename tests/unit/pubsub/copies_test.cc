#include "pubsub/copies.h"

#include <doctest/doctest.h>

using namespace slotway;

namespace {

constexpr int kA = 1;
constexpr int kB = 2;

}  // namespace

TEST_CASE("copies: what another has said, once for each time") {
  Copies copies;
  copies.remember("x", &kA, 10);
  copies.remember("x", &kA, 11);
  copies.remember("y", &kA, 12);
  CHECK_FALSE(copies.copied("x", &kA, 13));
  CHECK_FALSE(copies.copied("z", &kB, 13));
  CHECK(copies.copied("y", &kB, 13));
  CHECK_FALSE(copies.copied("y", &kB, 13));
  CHECK(copies.copied("x", &kB, 13));
  CHECK(copies.copied("x", &kB, 13));
  CHECK_FALSE(copies.copied("x", &kB, 13));
}

TEST_CASE("copies: for a moment") {
  Copies copies;
  copies.remember("x", &kA, 10);
  copies.remember("y", &kA, 20);
  CHECK_FALSE(copies.copied("x", &kB, 10 + Copies::kMemoryUs));
  CHECK(copies.copied("y", &kB, 19 + Copies::kMemoryUs));
}

TEST_CASE("copies: the oldest go first when there are many") {
  Copies copies;
  copies.remember("first", &kA, 1);
  for (int i = 0; i < 20000; ++i) copies.remember("x", &kA, 2);
  CHECK_FALSE(copies.copied("first", &kB, 3));
  CHECK(copies.copied("x", &kB, 3));
}
