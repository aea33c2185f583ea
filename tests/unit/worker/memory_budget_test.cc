#include "worker/memory_budget.h"

#include <doctest/doctest.h>

using namespace slotway;
using Level = MemoryBudget::Level;

TEST_CASE("memory budget: the sum of all workers counts, and what is scarce stays so until much is free") {
  MemoryBudget budget(3, 800);
  CHECK(budget.level(Level::Free) == Level::Free);
  budget.tell(0, 300);
  budget.tell(1, 100);
  CHECK(budget.level(Level::Free) == Level::Free);
  budget.tell(2, 1);
  CHECK(budget.level(Level::Free) == Level::Scarce);
  budget.tell(1, 199);
  CHECK(budget.level(Level::Scarce) == Level::Scarce);
  budget.tell(1, 200);
  CHECK(budget.level(Level::Scarce) == Level::Used);
  // What one has made another one may give back.
  budget.tell(1, -200);
  budget.tell(0, 500);
  CHECK(budget.total() == 301);
  CHECK(budget.level(Level::Used) == Level::Scarce);
  budget.tell(0, 499);
  CHECK(budget.level(Level::Scarce) == Level::Free);
}
