#include "worker/seating.h"

#include <doctest/doctest.h>

#include <thread>

using namespace slotway;

TEST_CASE("seating: the worker with the fewest clients gets the next, up to the limit") {
  Seating seating(3, 5);
  for (const size_t expected : {0, 1, 2, 0, 1}) CHECK(seating.take() == expected);
  CHECK(seating.take() == std::nullopt);
  seating.leave(1);
  seating.leave(1);
  CHECK(seating.take() == 1);
  CHECK(seating.take() == 1);
  CHECK(seating.take() == std::nullopt);
  seating.leave(2);
  CHECK(seating.take() == 2);
}

TEST_CASE("seating: workers take and leave at the same time") {
  constexpr int kRounds = 2000;
  Seating seating(2, 2);
  const auto comeAndGo = [&] {
    for (int i = 0; i < kRounds; ++i) {
      if (const auto seat = seating.take()) seating.leave(*seat);
    }
  };
  std::thread one(comeAndGo);
  std::thread two(comeAndGo);
  comeAndGo();
  one.join();
  two.join();
  CHECK(seating.take() == 0);
  CHECK(seating.take() == 1);
  CHECK(seating.take() == std::nullopt);
}
