#include "cluster/node.h"

#include <doctest/doctest.h>

#include <string>

#include "cluster/address_map.h"

using namespace slotway;

TEST_CASE("endpoint: read and printed") {
  struct Row {
    std::string text;
    Endpoint endpoint;
    std::string printed;
  };
  const Row rows[] = {
      {"127.0.0.1:6379", {"127.0.0.1", 6379}, "127.0.0.1:6379"},
      {"redis-0.redis.svc:1", {"redis-0.redis.svc", 1}, "redis-0.redis.svc:1"},
      {"[::1]:65535", {"::1", 65535}, "[::1]:65535"},
      {"::1:6379", {"::1", 6379}, "[::1]:6379"},
      {"2001:db8::7:6379", {"2001:db8::7", 6379}, "[2001:db8::7]:6379"},
      {"[fe80::1%eth0]:6379", {"fe80::1%eth0", 6379}, "[fe80::1%eth0]:6379"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Result<Endpoint> endpoint = parseEndpoint(row.text);
    REQUIRE(endpoint);
    CHECK(*endpoint == row.endpoint);
    CHECK(endpoint->text() == row.printed);
    Result<Endpoint> again = parseEndpoint(row.printed);
    REQUIRE(again);
    CHECK(*again == row.endpoint);
  }
}

TEST_CASE("endpoint: errors name the text and what is wrong") {
  struct Row {
    std::string text;
    std::string error;
  };
  const std::string portError = "the port must be a number from 1 to 65535";
  const std::string hostError = "the host is neither an address nor a name";
  const Row rows[] = {
      {"", "'' is not host:port: there is no port behind a colon"},
      {"redis", "'redis' is not host:port: there is no port behind a colon"},
      {"[::1]", "'[::1]' is not host:port: there is no port behind a colon"},
      {"[::1]6379", "'[::1]6379' is not host:port: there is no port behind a colon"},
      {"redis:", "'redis:' is not host:port: " + portError},
      {"redis:0", "'redis:0' is not host:port: " + portError},
      {"redis:65536", "'redis:65536' is not host:port: " + portError},
      {"redis:+1", "'redis:+1' is not host:port: " + portError},
      {"redis: 1", "'redis: 1' is not host:port: " + portError},
      {":6379", "':6379' is not host:port: there is no host before the colon"},
      {"?:6379", "'?:6379' is not host:port: there is no host before the colon"},
      {"[]:6379", "'[]:6379' is not host:port: in brackets belongs an IPv6 address"},
      {"[redis]:6379", "'[redis]:6379' is not host:port: in brackets belongs an IPv6 address"},
      {"::1", "'::1' is not host:port: " + hostError},
      {"a:b:1", "'a:b:1' is not host:port: " + hostError},
      {"a b:1", "'a b:1' is not host:port: " + hostError},
      {"a\r\nb:1", "'a..b:1' is not host:port: " + hostError},
      {std::string(256, 'a') + ":1", "'" + std::string(80, 'a') + "' is not host:port: " + hostError},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<Endpoint> endpoint = parseEndpoint(row.text);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error() == row.error);
  }
}

TEST_CASE("address map: rows with a port go first, and nothing is translated twice") {
  const AddressMap map = {
      {"10.0.0.1", "gate"},        {"10.0.0.1:7001", "gate:17001"}, {"::1", "[::2]"},
      {"[::1]:7002", "other:1"},   {"gate:17001", "loop:1"},        {"10.0.0.2:7000", "192.168.0.2"},
      {"[fe80::1]", "fe80::2:99"},
  };
  struct Row {
    Endpoint announced;
    Endpoint instead;
  };
  const Row rows[] = {
      {{"10.0.0.1", 7001}, {"gate", 17001}},       {{"10.0.0.1", 7005}, {"gate", 7005}},
      {{"::1", 7001}, {"::2", 7001}},              {{"::1", 7002}, {"other", 1}},
      {{"10.0.0.2", 7000}, {"192.168.0.2", 7000}}, {{"10.0.0.2", 7001}, {"10.0.0.2", 7001}},
      {{"fe80::1", 5}, {"fe80::2", 99}},           {{"10.0.0.3", 7000}, {"10.0.0.3", 7000}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.announced.text());
    CHECK(translated(map, row.announced) == row.instead);
  }
}
