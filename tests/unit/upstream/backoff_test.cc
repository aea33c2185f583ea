#include "upstream/backoff.h"

#include <doctest/doctest.h>

#include <set>

using namespace slotway;

TEST_CASE("backoff: doubles up to the longest wait, and what was lost together does not come back together") {
  Settings::Timeouts timeouts;
  timeouts.reconnectMinMs = 100;
  timeouts.reconnectMaxMs = 1000;
  const uint64_t most[] = {100, 200, 400, 800, 1000, 1000, 1000};
  constexpr int kLinks = 2000;
  for (uint64_t failures = 1; failures <= std::size(most); ++failures) {
    CAPTURE(failures);
    const uint64_t longest = most[failures - 1];
    std::set<uint64_t> waits;
    int early = 0;
    for (int link = 0; link < kLinks; ++link) {
      const uint64_t wait = reconnectWaitMs(timeouts, failures);
      CHECK(wait >= longest / 2);
      CHECK(wait <= longest);
      waits.insert(wait);
      early += wait < longest / 4 * 3 ? 1 : 0;
    }
    // Evenly over the half that is chance: it would take a worse dice to have less of the milliseconds, or more on one side.
    CHECK(waits.size() > longest / 4);
    CHECK(early > kLinks / 3);
    CHECK(early < kLinks * 2 / 3);
  }
  CHECK(reconnectWaitMs(timeouts, UINT64_MAX) <= 1000);
}

TEST_CASE("backoff: the shortest waits there can be") {
  Settings::Timeouts timeouts;
  timeouts.reconnectMinMs = timeouts.reconnectMaxMs = 1;
  for (int i = 0; i < 100; ++i) CHECK(reconnectWaitMs(timeouts, 1) <= 1);
}
