#include "metrics/page.h"

#include <doctest/doctest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "metrics/catalog.h"

namespace slotway {
namespace {

const std::string kFolder = SLOTWAY_SOURCE_DIR "/dashboards/";

std::string readFile(const std::string& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.good(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Every name that a scrape can show: a histogram shows three.
std::set<std::string> exposedNames() {
  std::set<std::string> names;
  for (const MetricRow& row : metricRows()) {
    const std::string name(row.name);
    if (row.kind != MetricKind::Histogram) {
      names.insert(name);
      continue;
    }
    for (const char* suffix : {"_bucket", "_sum", "_count"}) names.insert(name + suffix);
  }
  return names;
}

std::set<std::string> namesIn(const std::string& text) {
  std::set<std::string> names;
  for (size_t at = 0; (at = text.find("slotway_", at)) != std::string::npos;) {
    size_t end = at;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    names.insert(text.substr(at, end - at));
    at = end;
  }
  return names;
}

}  // namespace

TEST_CASE("dashboards/METRICS.md is what the rows say") {
  const std::string path = kFolder + "METRICS.md";
  if (std::getenv("SLOTWAY_REGENERATE") != nullptr) std::ofstream(path) << metricsPage();
  CHECK_MESSAGE(readFile(path) == metricsPage(), "run this test with SLOTWAY_REGENERATE=1");
}

TEST_CASE("dashboards: every metric that the dashboard names exists, and every metric is on it") {
  const std::set<std::string> named = namesIn(readFile(kFolder + "slotway.json"));
  const std::set<std::string> exposed = exposedNames();
  CHECK(named.size() > 20);
  for (const std::string& name : named) {
    CAPTURE(name);
    CHECK(exposed.count(name) == 1);
  }
  for (const MetricRow& row : metricRows()) {
    const std::string name(row.name);
    CAPTURE(name);
    CHECK((named.count(name) == 1 || named.count(name + "_bucket") == 1));
  }
}

}  // namespace slotway
