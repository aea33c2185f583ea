#include "command/info_text.h"

#include <doctest/doctest.h>

#include <vector>

using namespace slotway;

namespace {

std::string mergedLine(Slice section, std::vector<std::string> lines) {
  std::vector<std::string> texts;
  for (const std::string& line : lines) texts.push_back("# " + std::string(section) + "\r\n" + line + "\r\n");
  const std::vector<Slice> slices(texts.begin(), texts.end());
  const std::string merged = mergeInfo(slices, "");
  const std::string head = "# " + std::string(section) + "\r\n";
  REQUIRE(merged.starts_with(head));
  REQUIRE(merged.ends_with("\r\n"));
  return merged.substr(head.size(), merged.size() - head.size() - 2);
}

}  // namespace

TEST_CASE("info text: lines of two masters become one") {
  struct Row {
    const char* section;
    const char* one;
    const char* two;
    const char* merged;
  };
  const Row rows[] = {
      {"Server", "redis_version:7.0.15", "redis_version:7.0.16", "redis_version:7.0.15"},
      {"Server", "uptime_in_seconds:70", "uptime_in_seconds:9", "uptime_in_seconds:9"},
      {"Clients", "connected_clients:3", "connected_clients:4", "connected_clients:7"},
      {"Clients", "client_recent_max_input_buffer:3", "client_recent_max_input_buffer:4", "client_recent_max_input_buffer:4"},
      {"Memory", "used_memory:9007199254740000", "used_memory:1", "used_memory:9007199254740001"},
      {"Memory", "maxmemory_policy:noeviction", "maxmemory_policy:noeviction", "maxmemory_policy:noeviction"},
      {"Persistence", "loading:0", "loading:1", "loading:1"},
      {"Persistence", "rdb_last_save_time:20", "rdb_last_save_time:10", "rdb_last_save_time:10"},
      {"Persistence", "rdb_last_bgsave_status:ok", "rdb_last_bgsave_status:err", "rdb_last_bgsave_status:err"},
      {"Stats", "instantaneous_input_kbps:0.51", "instantaneous_input_kbps:1.5", "instantaneous_input_kbps:2.01"},
      {"Stats", "keyspace_hits:1", "keyspace_hits:2", "keyspace_hits:3"},
      {"Replication", "connected_slaves:1", "connected_slaves:2", "connected_slaves:3"},
      {"Replication", "role:master", "role:master", "role:master"},
      {"CPU", "used_cpu_user:0.250000", "used_cpu_user:1.500000", "used_cpu_user:1.750000"},
      {"Commandstats", "cmdstat_get:calls=1,usec=10,usec_per_call=10.00,rejected_calls=0,failed_calls=1",
       "cmdstat_get:calls=3,usec=90,usec_per_call=30.00,rejected_calls=2,failed_calls=0",
       "cmdstat_get:calls=4,usec=100,usec_per_call=25.00,rejected_calls=2,failed_calls=1"},
      {"Errorstats", "errorstat_ERR:count=1", "errorstat_ERR:count=2", "errorstat_ERR:count=3"},
      {"Latencystats", "latency_percentiles_usec_get:p50=1.003,p99=2.007", "latency_percentiles_usec_get:p50=3.007,p99=2.003",
       "latency_percentiles_usec_get:p50=3.007,p99=2.007"},
      {"Keyspace", "db0:keys=2,expires=1,avg_ttl=100", "db0:keys=5,expires=3,avg_ttl=500", "db0:keys=7,expires=4,avg_ttl=400"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.one);
    CHECK(mergedLine(row.section, {row.one, row.two}) == row.merged);
  }
}

TEST_CASE("info text: what follows from other lines is worked out anew") {
  CHECK(mergedLine("Memory", {"used_memory:1048576\r\nused_memory_human:1.00M", "used_memory:524288\r\nused_memory_human:512.00K"}) ==
        "used_memory:1572864\r\nused_memory_human:1.50M");
  CHECK(mergedLine("Memory", {"used_memory:100\r\nused_memory_human:100B"}) == "used_memory:100\r\nused_memory_human:100B");
  CHECK(mergedLine("Memory", {"used_memory:100\r\nused_memory_rss:300\r\nmem_fragmentation_ratio:3.00",
                              "used_memory:100\r\nused_memory_rss:100\r\nmem_fragmentation_ratio:1.00"}) ==
        "used_memory:200\r\nused_memory_rss:400\r\nmem_fragmentation_ratio:2.00");
  CHECK(mergedLine("Memory", {"used_memory:300\r\nused_memory_startup:100\r\nused_memory_dataset:100\r\n"
                              "used_memory_dataset_perc:1%"}) ==
        "used_memory:300\r\nused_memory_startup:100\r\nused_memory_dataset:100\r\nused_memory_dataset_perc:50.00%");
}

TEST_CASE("info text: what only some masters have is there; replicas are counted on, modules stand once") {
  CHECK(mergedLine("Commandstats", {"cmdstat_get:calls=1", "cmdstat_set:calls=2\r\ncmdstat_get:calls=1"}) ==
        "cmdstat_get:calls=2\r\ncmdstat_set:calls=2");
  CHECK(mergedLine("Keyspace", {"db0:keys=1,expires=0,avg_ttl=0", ""}) == "db0:keys=1,expires=0,avg_ttl=0");
  CHECK(mergedLine("Replication", {"connected_slaves:1\r\nslave0:ip=a", "connected_slaves:1\r\nslave0:ip=b"}) ==
        "connected_slaves:2\r\nslave0:ip=a\r\nslave1:ip=b");
  CHECK(mergedLine("Modules", {"module:name=x\r\nmodule:name=y", "module:name=x\r\nmodule:name=y"}) ==
        "module:name=x\r\nmodule:name=y");
}

TEST_CASE("info text: the proxy's own") {
  const Slice texts[] = {"# Server\r\ntcp_port:7000\r\n\r\n# Cluster\r\ncluster_enabled:1\r\n"};
  CHECK(mergeInfo(texts, "tcp_port:6390\r\ncluster_enabled:0\r\nmaxclients:5\r\n# Slotway\r\na:b\r\n") ==
        "# Server\r\ntcp_port:6390\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n\r\n# Slotway\r\na:b\r\n");
  const Slice none[] = {""};
  CHECK(mergeInfo(none, "tcp_port:6390\r\n") == "");
  CHECK(mergeInfo(none, "tcp_port:6390\r\n# Slotway\r\na:b\r\n") == "# Slotway\r\na:b\r\n");
}

TEST_CASE("info text: nonsense is no harm") {
  for (const Slice text : {"#", "# ", "\n\n", "no section:1", "# X\n:\n::\nx", "# Keyspace\r\ndb0:\r\ndb1:keys\r\ndb2:=,=,", "# Memory\nused_memory:\nused_memory_human:x"}) {
    const Slice texts[] = {text, text};
    mergeInfo(texts, text);
  }
}
