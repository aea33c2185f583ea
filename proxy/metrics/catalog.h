// The rows of metrics/rows.h as values: what the exposition, the page of metrics and the test of the dashboards walk.
// Thread: any (constants).
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/slice.h"
#include "metrics/cells.h"
#include "metrics/labels.h"
#include "metrics/rows.h"

namespace slotway {

enum class MetricKind : uint8_t { Counter, Gauge, Histogram };

struct MetricRow {
  Slice name;
  MetricKind kind;
  LabelSet labels;
  Unit unit;  ///< of a histogram
  Slice help;
};

enum class Scraped : uint8_t {
#define SLOTWAY_NAME(name, ...) name,
  SLOTWAY_SCRAPED(SLOTWAY_NAME, SLOTWAY_NAME)
#undef SLOTWAY_NAME
};
inline constexpr size_t kScraped = 0
#define SLOTWAY_ONE(...) +1
    SLOTWAY_SCRAPED(SLOTWAY_ONE, SLOTWAY_ONE)
#undef SLOTWAY_ONE
    ;

/// What was read for one scrape; what nobody knew is left out of it.
class ScrapedValues {
 public:
  void set(Scraped which, double value) { values_[static_cast<size_t>(which)] = value; }
  std::optional<double> get(Scraped which) const { return values_[static_cast<size_t>(which)]; }

 private:
  std::array<std::optional<double>, kScraped> values_;
};

const MetricRow& rowOf(Counter counter);
const MetricRow& rowOf(Gauge gauge);
const MetricRow& rowOf(Histogram histogram);
const MetricRow& rowOf(Scraped scraped);

/// Requests by command: its count is their number. Told apart by command, so it has its own cells (Cells::request).
inline constexpr MetricRow kRequestDuration = {"slotway_request_duration_seconds", MetricKind::Histogram, LabelSet::Command,
                                               Unit::Microseconds,
                                               "Time from a request's arrival to its reply, by command."};
inline constexpr MetricRow kBuildInfo = {"slotway_build_info", MetricKind::Gauge, LabelSet::Version, Unit::Number,
                                         "Always 1; the version of this build is its label."};

/// All of them, sorted by name.
std::vector<MetricRow> metricRows();

}  // namespace slotway
