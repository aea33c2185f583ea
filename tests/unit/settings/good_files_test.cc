#include <doctest/doctest.h>

#include "settings/load.h"
#include "settings/rows.h"
#include "settings/temporary_folder.h"
#include "settings/value.h"

namespace slotway {
namespace {

using namespace settings;

Settings loadGood(const std::string& text) {
  const Loaded loaded = loadText(text, "f.yaml");
  for (const std::string& error : loaded.errors) FAIL_CHECK(error);
  REQUIRE(loaded.settings != nullptr);
  return *loaded.settings;
}

}  // namespace

TEST_CASE("settings rows: defaults are those of a bare Settings{}") {
  Settings fromRows;
  fromRows.workers = 7;
  fromRows.readyRequires = ReadyRequires::FullCoverage;
  fromRows.timeouts = {1, 1, 1, 1, 1, 1, 1, 1};
  fromRows.limits = {1, 1, 1, 1, 1, 1};
  fromRows.slowLog = {1, 1};
  fromRows.adminBind = "";
  fromRows.log = {LogLevel::Error, LogFormat::Json};
  storeDefaults(settingRows(), fromRows);
  CHECK(fromRows == Settings{});
  ListenerSettings listener;
  listener.facade = Facade::Cluster;
  storeDefaults(listenerRows(), listener);
  CHECK(listener == ListenerSettings{});
}

TEST_CASE("settings rows: every row reads its own preset and says what it accepts") {
  for (const PlacedRow& row : allRows()) {
    CAPTURE(row.path);
    CHECK(!expected(row.facts).empty());
    CHECK(row.facts.doc.ends_with('.'));
    const Kind kind = row.facts.kind;
    const bool plain = kind != Kind::SecretFile && kind != Kind::Seeds && kind != Kind::AddressMap;
    if (plain) CHECK(readValue(row.facts, row.facts.preset.text).ok());
  }
}

TEST_CASE("settings files: little is needed") {
  const Settings settings = loadGood("upstreams:\n  main:\n    seeds: [redis-0:6379]\n");
  Settings wanted;
  wanted.listeners = {{"127.0.0.1:6390", "main"}};
  wanted.upstreams.resize(1);
  wanted.upstreams[0].name = "main";
  wanted.upstreams[0].seeds = {"redis-0:6379"};
  CHECK(settings == wanted);
  CHECK(summary(settings) == "1 listener, 1 upstream (main: 1 seed), workers auto");
}

TEST_CASE("settings files: everything given") {
  const TemporaryFolder folder;
  const std::string secret = folder.write("secret", "  pass word\r\n");
  const Settings settings = loadGood(R"(
workers: 3
ready_requires: full_coverage
listeners:
  - bind: 0.0.0.0:6390
    upstream: main
  - bind: "[::1]:6390"
    upstream: other
  - bind: unix:/run/slotway.sock
    upstream: main
    facade: cluster
    announce: redis.example:6390
    ordering: strict
    keyspace: {hash_tag: app1}
upstreams:
  main:
    kind: cluster
    seeds: [redis-0:6379, "[fd00::1]:6379"]
    username: app
    password: 0123
    address_map: {10.0.0.1:6379: 127.0.0.1:7000, 10.0.0.2: redis-2.example}
  other:
    seeds:
      - redis-9:6379
    password_file: )" + secret + R"(
auth: {password: "yes"}
timeouts:
  connect: 500ms
  request_deadline: 2s
  failover_hold: 1s
  drain: 0
  topology_refresh: 1m
  topology_min_interval: 1s
  reconnect_min: 10ms
  reconnect_max: 5s
  client_idle: 1h
  busy_after: 4s
limits:
  {clients: 5, request_bytes: 1mb, client_output_bytes: 65536, client_requests_in_flight: 6,
   client_bytes_in_flight: 13mb, memory: 1gb, held_requests: 10, held_bytes: 1mb, node_connections: 11, node_connects_per_second: 12, redirects: 7, fan_out_keys: 8,
   cross_slot_bytes: 14mb,
   script_bytes: 9mb,
   client_output_soft_bytes: 2mb, client_output_soft_time: 3s,
   client_pubsub_bytes: 9mb, client_pubsub_soft_bytes: 1mb, client_pubsub_soft_time: 2s}
slow_log: {threshold: 1s, entries: 9}
admin: {bind: off}
log: {level: debug, format: json}
)");
  Settings wanted;
  wanted.workers = 3;
  wanted.readyRequires = ReadyRequires::FullCoverage;
  wanted.listeners = {{"0.0.0.0:6390", "main"}, {"[::1]:6390", "other"},
                      {"unix:/run/slotway.sock", "main", Facade::Cluster, "redis.example:6390",
                       CrossSlotTransactions::Refuse, Ordering::Strict, "app1"}};
  wanted.upstreams = {
      {"main", UpstreamKind::Cluster, {"redis-0:6379", "[fd00::1]:6379"}, "app", "0123",
       {{"10.0.0.1:6379", "127.0.0.1:7000"}, {"10.0.0.2", "redis-2.example"}}},
      {"other", UpstreamKind::Cluster, {"redis-9:6379"}, "", "  pass word", {}},
  };
  wanted.clientPassword = "yes";
  wanted.timeouts = {500, 2000, 1000, 0, 60000, 1000, 10, 5000, 3600000, 4000};
  wanted.limits = {5, 1 << 20, 65536, 14 << 20, 2 << 20, 3000, 6, 13 << 20, 1 << 30, 10, 1 << 20, 11, 12, 7, 8, 9 << 20, 9 << 20, 1 << 20, 2000};
  wanted.slowLog = {1000, 9};
  wanted.adminBind = "off";
  wanted.log = {LogLevel::Debug, LogFormat::Json};
  CHECK(settings == wanted);
  CHECK(summary(settings) == "3 listeners, 2 upstreams (main: 2 seeds, other: 1 seed), workers 3");
}

TEST_CASE("settings files: a short deadline has a short hold") {
  const auto holdWith = [](const std::string& timeouts) {
    return loadGood("upstreams: {main: {seeds: [a:1]}}\ntimeouts: {" + timeouts + "}\n").timeouts.failoverHoldMs;
  };
  CHECK(holdWith("request_deadline: 2s") == 1500);
  CHECK(holdWith("request_deadline: 2s, failover_hold: 1900ms") == 1900);
  CHECK(holdWith("request_deadline: 1m") == 15000);
}

TEST_CASE("settings files: words of a choice stand in the order of their enum") {
  const std::pair<const char*, LogLevel> levels[] = {
      {"debug", LogLevel::Debug}, {"info", LogLevel::Info}, {"warn", LogLevel::Warn}, {"error", LogLevel::Error}};
  for (const auto& [word, level] : levels) {
    CAPTURE(std::string(word));
    CHECK(loadGood("upstreams: {main: {seeds: [a:1]}}\nlog: {level: " + std::string(word) + "}\n").log.level == level);
  }
}

}  // namespace slotway
