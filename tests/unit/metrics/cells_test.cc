#include "metrics/cells.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace slotway {

TEST_CASE("cells: a value falls into the first bucket whose bound it does not exceed") {
  struct Row {
    uint64_t us;
    size_t bucket;
  };
  const Row rows[] = {{0, 0}, {50, 0}, {51, 1}, {100, 1}, {1000, 4}, {5'000'000, 10}, {5'000'001, 11}, {~0ull / 2, 11}};
  for (const Row& row : rows) {
    CAPTURE(row.us);
    Cells cells;
    cells.observe(Histogram::UpstreamTime, row.us);
    const HistogramCells& histogram = cells.histogram(Histogram::UpstreamTime);
    for (size_t i = 0; i < kBuckets; ++i) CHECK(histogram.buckets[i].get() == (i == row.bucket ? 1 : 0));
    CHECK(histogram.sum.get() == row.us);
  }
}

TEST_CASE("cells: bounds rise, widths are counted as they are") {
  CHECK(std::is_sorted(kTimeBoundsUs.upper.begin(), kTimeBoundsUs.upper.end()));
  CHECK(std::is_sorted(kWidthBounds.upper.begin(), kWidthBounds.upper.end()));
  CHECK(unitOf(Histogram::FanOutWidth) == Unit::Number);
  CHECK(unitOf(Histogram::LoopLag) == Unit::Microseconds);
  Cells cells;
  cells.observe(Histogram::FanOutWidth, 2);
  CHECK(cells.histogram(Histogram::FanOutWidth).buckets[1].get() == 1);
}

TEST_CASE("cells: a counter's labels, a gauge and a command keep to their own cells") {
  Cells cells;
  cells.add(Counter::Retries, RetryReason::LinkLost, 2);
  cells.add(Counter::Retries, RetryReason::LinkLost, 3);
  cells.set(Gauge::Links, 7);
  cells.set(Gauge::Links, 6);
  cells.request(Cells::kCommands - 1, 10);
  CHECK(cells.get(Counter::Retries, static_cast<size_t>(RetryReason::LinkLost)) == 5);
  CHECK(cells.get(Counter::Retries, static_cast<size_t>(RetryReason::Rerouted)) == 0);
  CHECK(cells.get(Gauge::Links) == 6);
  CHECK(cells.get(Gauge::Clients) == 0);
  CHECK(cells.command(Cells::kCommands - 1).buckets[0].get() == 1);
  CHECK(cells.command(Cells::kCommands - 2).buckets[0].get() == 0);
}

TEST_CASE("cells: a value is counted in the first bucket whose bound it does not exceed") {
  for (const Bounds* bounds : {&kTimeBoundsUs, &kWidthBounds}) {
    for (const uint64_t bound : bounds->upper) {
      for (const uint64_t value : {bound - 1, bound, bound + 1, bound * 2, uint64_t{0}, UINT64_MAX}) {
        size_t expected = 0;
        while (expected < bounds->upper.size() && value > bounds->upper[expected]) ++expected;
        CAPTURE(value);
        CHECK(bounds->bucketOf(value) == expected);
      }
    }
  }
}

}  // namespace slotway
