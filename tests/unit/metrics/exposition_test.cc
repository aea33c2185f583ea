#include "metrics/exposition.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <thread>

#include "metrics/error_class.h"

namespace slotway {
namespace {

std::string nameOfCommand(size_t index) { return index == 3 ? "get" : "config|set"; }

struct Scene {
  std::shared_ptr<Cells> worker0 = std::make_shared<Cells>();
  std::shared_ptr<Cells> worker1 = std::make_shared<Cells>();
  std::shared_ptr<Cells> control = std::make_shared<Cells>();
  Exposition exposition{"1.2.3", nameOfCommand, [](ScrapedValues& values) { values.set(Scraped::ResidentMemory, 4096); }};

  Scene() {
    exposition.adopt(worker0, "0");
    exposition.adopt(worker1, "1");
    exposition.adopt(control);
  }
};

/// Is this one of the lines? As a line of its own, not a part of one.
bool says(const std::string& text, const std::string& line) { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }

}  // namespace

TEST_CASE("exposition: counters are summed over the blocks and carry their labels") {
  Scene scene;
  scene.worker0->add(Counter::ClientsAccepted);
  scene.worker1->add(Counter::ClientsAccepted, 4);
  scene.worker0->add(Counter::Bytes, Direction::UpstreamIn, 100);
  scene.worker1->add(Counter::Redirects, size_t{1}, 2);
  scene.worker1->fail(Failure::CrossSlot);
  scene.worker1->add(Counter::ErrorReplies, classOfError("-WRONGTYPE x\r\n"), 1);
  scene.control->add(Counter::TopologyRefreshes, RefreshCause::Periodic, 1);
  const std::string text = scene.exposition.text();
  CAPTURE(text);
  CHECK(says(text, "# TYPE slotway_clients_accepted_total counter"));
  CHECK(says(text, "slotway_clients_accepted_total 5"));
  CHECK(says(text, "slotway_bytes_total{direction=\"upstream_in\"} 100"));
  CHECK(says(text, "slotway_bytes_total{direction=\"client_in\"} 0"));
  CHECK(says(text, "slotway_redirects_total{kind=\"ask\",code=\"C003\"} 2"));
  CHECK(says(text, "slotway_failures_total{class=\"crossslot\",side=\"client\",code=\"C004\"} 1"));
  CHECK(says(text, "slotway_error_replies_total{class=\"WRONGTYPE\"} 1"));
  CHECK(says(text, "slotway_topology_refreshes_total{cause=\"periodic\"} 1"));
  CHECK(says(text, "slotway_build_info{version=\"1.2.3\"} 1"));
}

TEST_CASE("exposition: gauges are per worker where their row says so, and a sum elsewhere") {
  Scene scene;
  scene.worker0->set(Gauge::Clients, 3);
  scene.worker1->set(Gauge::Clients, 2);
  scene.worker0->set(Gauge::Links, 6);
  scene.worker1->set(Gauge::Links, 5);
  scene.control->set(Gauge::SlotsUncovered, 16384);
  const std::string text = scene.exposition.text();
  CAPTURE(text);
  CHECK(says(text, "slotway_clients{worker=\"0\"} 3"));
  CHECK(says(text, "slotway_clients{worker=\"1\"} 2"));
  CHECK_FALSE(says(text, "slotway_clients{worker=\"\"} 0"));
  CHECK(says(text, "slotway_links 11"));
  CHECK(says(text, "slotway_slots_uncovered 16384"));
}

TEST_CASE("exposition: histograms are cumulative, in seconds or plain numbers, and end at +Inf") {
  Scene scene;
  scene.worker0->observe(Histogram::UpstreamTime, 50);         // on the bound: within it
  scene.worker1->observe(Histogram::UpstreamTime, 51);
  scene.worker1->observe(Histogram::UpstreamTime, 60'000'000);  // beyond the last
  scene.worker0->observe(Histogram::FanOutWidth, 3);
  scene.worker1->observe(Histogram::LoopLag, 400);
  const std::string text = scene.exposition.text();
  CAPTURE(text);
  CHECK(says(text, "slotway_upstream_duration_seconds_bucket{le=\"5e-05\"} 1"));
  CHECK(says(text, "slotway_upstream_duration_seconds_bucket{le=\"0.0001\"} 2"));
  CHECK(says(text, "slotway_upstream_duration_seconds_bucket{le=\"5\"} 2"));
  CHECK(says(text, "slotway_upstream_duration_seconds_bucket{le=\"+Inf\"} 3"));
  CHECK(says(text, "slotway_upstream_duration_seconds_count 3"));
  CHECK(says(text, "slotway_upstream_duration_seconds_sum 60.000101"));
  CHECK(says(text, "slotway_fan_out_width_bucket{le=\"2\"} 0"));
  CHECK(says(text, "slotway_fan_out_width_bucket{le=\"3\"} 1"));
  CHECK(says(text, "slotway_fan_out_width_sum 3"));
  CHECK(says(text, "slotway_loop_lag_seconds_count{worker=\"0\"} 0"));
  CHECK(says(text, "slotway_loop_lag_seconds_count{worker=\"1\"} 1"));
}

TEST_CASE("exposition: only commands that were seen") {
  Scene scene;
  CHECK(scene.exposition.text().find("slotway_request_duration_seconds") == std::string::npos);
  scene.worker0->request(3, 100);
  scene.worker1->request(3, 900);
  scene.worker1->request(1023, 1);
  const std::string text = scene.exposition.text();
  CAPTURE(text);
  CHECK(says(text, "slotway_request_duration_seconds_count{command=\"get\"} 2"));
  CHECK(says(text, "slotway_request_duration_seconds_sum{command=\"get\"} 0.001"));
  CHECK(says(text, "slotway_request_duration_seconds_bucket{command=\"get\",le=\"0.0005\"} 1"));
  CHECK(says(text, "slotway_request_duration_seconds_count{command=\"config|set\"} 1"));
  size_t buckets = 0;
  for (size_t at = 0; (at = text.find("_bucket{command=\"get\"", at)) != std::string::npos; ++at) ++buckets;
  CHECK(buckets == 12);
}

TEST_CASE("exposition: what was not read is not said") {
  Scene scene;
  const std::string text = scene.exposition.text();
  CHECK(says(text, "slotway_process_resident_memory_bytes 4096"));
  CHECK(text.find("slotway_topology_age_seconds") == std::string::npos);
}

TEST_CASE("exposition: rows have one name each, and every name is ours") {
  std::set<Slice> names;
  for (const MetricRow& row : metricRows()) {
    CAPTURE(row.name);
    CHECK(row.name.starts_with("slotway_"));
    CHECK(names.insert(row.name).second);
    CHECK(row.help.ends_with("."));
    CHECK((row.kind == MetricKind::Counter) == row.name.ends_with("_total"));
  }
}

TEST_CASE("exposition: promtool has nothing to say" * doctest::skip(std::system("command -v promtool >/dev/null") != 0)) {
  Scene scene;
  scene.worker0->request(3, 100);
  scene.worker1->request(1, 100);
  std::FILE* promtool = ::popen("promtool check metrics 1>&2", "w");
  REQUIRE(promtool != nullptr);
  const std::string text = scene.exposition.text();
  CHECK(std::fwrite(text.data(), 1, text.size(), promtool) == text.size());
  CHECK(::pclose(promtool) == 0);
}

TEST_CASE("exposition: scraped while a worker counts and another is adopted") {
  Scene scene;
  std::atomic<bool> done{false};
  std::thread worker([&] {
    while (!done.load()) scene.worker0->request(3, 10);
  });
  std::thread control([&] {
    for (int i = 2; i < 20; ++i) scene.exposition.adopt(std::make_shared<Cells>(), std::to_string(i));
  });
  for (int i = 0; i < 5; ++i) CHECK(scene.exposition.text().find("slotway_clients{worker=\"1\"} 0") != std::string::npos);
  control.join();
  done = true;
  worker.join();
}

}  // namespace slotway
