#include "metrics/catalog.h"

#include <algorithm>

namespace slotway {
namespace {

#define SLOTWAY_NONE(...)
#define SLOTWAY_COUNTER(name, exposed, labels, help) \
  {exposed, MetricKind::Counter, LabelSet::labels, Unit::Number, help},
#define SLOTWAY_GAUGE(name, exposed, labels, help) {exposed, MetricKind::Gauge, LabelSet::labels, Unit::Number, help},
#define SLOTWAY_HISTOGRAM(name, exposed, labels, unit, help) \
  {exposed, MetricKind::Histogram, LabelSet::labels, Unit::unit, help},
#define SLOTWAY_SCRAPED_COUNTER(name, exposed, help) {exposed, MetricKind::Counter, LabelSet::None, Unit::Number, help},
#define SLOTWAY_SCRAPED_GAUGE(name, exposed, help) {exposed, MetricKind::Gauge, LabelSet::None, Unit::Number, help},

constexpr MetricRow kCounterRows[] = {SLOTWAY_METRICS(SLOTWAY_COUNTER, SLOTWAY_NONE, SLOTWAY_NONE)};
constexpr MetricRow kGaugeRows[] = {SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_GAUGE, SLOTWAY_NONE)};
constexpr MetricRow kHistogramRows[] = {SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_NONE, SLOTWAY_HISTOGRAM)};
constexpr MetricRow kScrapedRows[] = {SLOTWAY_SCRAPED(SLOTWAY_SCRAPED_COUNTER, SLOTWAY_SCRAPED_GAUGE)};

}  // namespace

const MetricRow& rowOf(Counter counter) { return kCounterRows[static_cast<size_t>(counter)]; }
const MetricRow& rowOf(Gauge gauge) { return kGaugeRows[static_cast<size_t>(gauge)]; }
const MetricRow& rowOf(Histogram histogram) { return kHistogramRows[static_cast<size_t>(histogram)]; }
const MetricRow& rowOf(Scraped scraped) { return kScrapedRows[static_cast<size_t>(scraped)]; }

std::vector<MetricRow> metricRows() {
  std::vector<MetricRow> rows = {kRequestDuration, kBuildInfo};
  rows.insert(rows.end(), std::begin(kCounterRows), std::end(kCounterRows));
  rows.insert(rows.end(), std::begin(kGaugeRows), std::end(kGaugeRows));
  rows.insert(rows.end(), std::begin(kHistogramRows), std::end(kHistogramRows));
  rows.insert(rows.end(), std::begin(kScrapedRows), std::end(kScrapedRows));
  std::sort(rows.begin(), rows.end(), [](const MetricRow& a, const MetricRow& b) { return a.name < b.name; });
  return rows;
}

}  // namespace slotway
