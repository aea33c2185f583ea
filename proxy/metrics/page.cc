#include "metrics/page.h"

#include <utility>

#include "metrics/catalog.h"

namespace slotway {
namespace {

constexpr Slice kHead =
    "# Metrics\n"
    "\n"
    "What `http://<admin address>/metrics` says. This page is written from `proxy/metrics/rows.h`: change it there.\n"
    "Histograms have at most 12 buckets, `+Inf` counted. A command appears in `slotway_request_duration_seconds` once it\n"
    "was seen; its `_count` is the number of requests. Codes: C001 CLUSTERDOWN, C002 MOVED, C003 ASK, C004 CROSSSLOT,\n"
    "C005 TRYAGAIN; an empty code is none of these.\n"
    "\n"
    "| metric | type | labels | what it is |\n"
    "|---|---|---|---|\n";

Slice nameOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::Counter: return "counter";
    case MetricKind::Gauge: return "gauge";
    case MetricKind::Histogram: return "histogram";
  }
  return "";
}

void append(std::string& page, const MetricRow& row) {
  page.append("| `").append(row.name).append("` | ").append(nameOf(row.kind)).append(" |");
  for (const Slice label : labelsOf(row.labels).names) page.append(" `").append(label).append("`");
  page.append(" | ").append(row.help).append(" |\n");
}

/// "`moved` C002, `ask` C003, ..."
void appendValues(std::string& page, const MetricRow& row) {
  const Labels& labels = labelsOf(row.labels);
  if (labels.names.empty() || labels.values.empty()) return;
  page.append("* `").append(row.name).append("`: `").append(labels.names[0]).append("` is ");
  Slice comma = "";
  for (const auto& values : labels.values) {
    page.append(std::exchange(comma, ", ")).append("`").append(values[0]).append("`");
    for (size_t i = 1; i < values.size(); ++i) {
      if (!values[i].empty()) page.append(" ").append(values[i]);
    }
  }
  page.append(".\n");
}

}  // namespace

std::string metricsPage() {
  std::string page(kHead);
  const std::vector<MetricRow> rows = metricRows();
  for (const MetricRow& row : rows) append(page, row);
  page.append("\n## Values of labels\n\n");
  for (const MetricRow& row : rows) appendValues(page, row);
  return page;
}

}  // namespace slotway
