#include "metrics/exposition.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>

namespace slotway {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Blocks = std::vector<AdoptedCells>;

/// A histogram's cells, summed over blocks; the buckets not yet cumulative.
struct HistogramSum {
  std::array<uint64_t, kBuckets> buckets{};
  uint64_t sum = 0;

  void add(const HistogramCells& cells) {
    for (size_t i = 0; i < kBuckets; ++i) buckets[i] += cells.buckets[i].get();
    sum += cells.sum.get();
  }
};

MetricFamily familyOf(const MetricRow& row) {
  MetricFamily family;
  family.name = row.name;
  family.help = row.help;
  family.type = row.kind == MetricKind::Counter ? prometheus::MetricType::Counter
                : row.kind == MetricKind::Gauge ? prometheus::MetricType::Gauge
                                                : prometheus::MetricType::Histogram;
  return family;
}

ClientMetric metricOf(const MetricRow& row, const std::vector<Slice>& values) {
  const std::vector<Slice>& names = labelsOf(row.labels).names;
  ClientMetric metric;
  for (size_t i = 0; i < names.size(); ++i) metric.label.push_back({std::string(names[i]), std::string(values[i])});
  return metric;
}

void push(MetricFamily& family, const MetricRow& row, const std::vector<Slice>& labelValues, double value) {
  ClientMetric metric = metricOf(row, labelValues);
  (row.kind == MetricKind::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
}

void push(MetricFamily& family, const MetricRow& row, const std::vector<Slice>& labelValues, const HistogramSum& sums) {
  const double scale = row.unit == Unit::Microseconds ? 1e6 : 1;
  ClientMetric metric = metricOf(row, labelValues);
  uint64_t count = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    count += sums.buckets[i];
    const double bound = i == kBuckets - 1 ? std::numeric_limits<double>::infinity()
                                           : static_cast<double>(boundsOf(row.unit).upper[i]) / scale;
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = static_cast<double>(sums.sum) / scale;
  family.metric.push_back(std::move(metric));
}

MetricFamily collect(Counter counter, const Blocks& blocks) {
  const MetricRow& row = rowOf(counter);
  MetricFamily family = familyOf(row);
  const auto& values = labelsOf(row.labels).values;
  for (size_t i = 0; i < values.size(); ++i) {
    uint64_t sum = 0;
    for (const AdoptedCells& block : blocks) sum += block.cells->get(counter, i);
    push(family, row, values[i], static_cast<double>(sum));
  }
  return family;
}

Blocks workersOf(Blocks blocks) {
  std::erase_if(blocks, [](const AdoptedCells& block) { return block.worker.empty(); });
  return blocks;
}

HistogramSum sumOf(Histogram histogram, const Blocks& blocks) {
  HistogramSum sums;
  for (const AdoptedCells& block : blocks) sums.add(block.cells->histogram(histogram));
  return sums;
}

MetricFamily collect(Gauge gauge, const Blocks& blocks) {
  const MetricRow& row = rowOf(gauge);
  MetricFamily family = familyOf(row);
  if (row.labels == LabelSet::Worker) {
    for (const AdoptedCells& block : workersOf(blocks)) {
      push(family, row, {block.worker}, static_cast<double>(block.cells->get(gauge)));
    }
    return family;
  }
  uint64_t sum = 0;
  for (const AdoptedCells& block : blocks) sum += block.cells->get(gauge);
  push(family, row, {}, static_cast<double>(sum));
  return family;
}

MetricFamily collect(Histogram histogram, const Blocks& blocks) {
  const MetricRow& row = rowOf(histogram);
  MetricFamily family = familyOf(row);
  if (row.labels == LabelSet::Worker) {
    for (const AdoptedCells& block : workersOf(blocks)) push(family, row, {block.worker}, sumOf(histogram, {block}));
    return family;
  }
  push(family, row, {}, sumOf(histogram, blocks));
  return family;
}

MetricFamily collectCommands(const Exposition::CommandName& nameOf, const Blocks& blocks) {
  MetricFamily family = familyOf(kRequestDuration);
  for (size_t index = 0; index < Cells::kCommands; ++index) {
    HistogramSum sums;
    for (const AdoptedCells& block : blocks) sums.add(block.cells->command(index));
    if (sums.buckets == HistogramSum{}.buckets) continue;
    push(family, kRequestDuration, {nameOf(index)}, sums);
  }
  return family;
}

MetricFamily collectBuildInfo(Slice version) {
  MetricFamily family = familyOf(kBuildInfo);
  push(family, kBuildInfo, {version}, 1);
  return family;
}

}  // namespace

void Exposition::adopt(std::shared_ptr<const Cells> cells, std::string worker) {
  std::lock_guard lock(mutex_);
  adopted_.push_back({std::move(cells), std::move(worker)});
}

std::vector<AdoptedCells> Exposition::adopted() const {
  std::lock_guard lock(mutex_);
  return adopted_;
}

std::vector<MetricFamily> Exposition::Collect() const {
  const Blocks blocks = adopted();
  ScrapedValues scraped;
  source_(scraped);

  std::vector<MetricFamily> families = {collectBuildInfo(version_), collectCommands(commandName_, blocks)};
  for (size_t i = 0; i < kCounters; ++i) families.push_back(collect(static_cast<Counter>(i), blocks));
  for (size_t i = 0; i < kGauges; ++i) families.push_back(collect(static_cast<Gauge>(i), blocks));
  for (size_t i = 0; i < kHistograms; ++i) families.push_back(collect(static_cast<Histogram>(i), blocks));
  for (size_t i = 0; i < kScraped; ++i) {
    const auto which = static_cast<Scraped>(i);
    families.push_back(familyOf(rowOf(which)));
    if (const auto value = scraped.get(which)) push(families.back(), rowOf(which), {}, *value);
  }
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return families;
}

std::string Exposition::text() const { return prometheus::TextSerializer().Serialize(Collect()); }

}  // namespace slotway
