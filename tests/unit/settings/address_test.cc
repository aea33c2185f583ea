#include "settings/address.h"

#include <doctest/doctest.h>

namespace slotway::settings {
namespace {

struct Bad {
  std::string text;
  const char* fault;
};

}  // namespace

TEST_CASE("settings address: what can be bound") {
  struct Good {
    std::string text;
    const char* host;
    int port;
    const char* path;
  };
  const Good rows[] = {
      {"127.0.0.1:6390", "127.0.0.1", 6390, ""},   {"localhost:1", "localhost", 1, ""},
      {"redis-0.redis_svc:65535", "redis-0.redis_svc", 65535, ""}, {"[::1]:6390", "::1", 6390, ""},
      {"[fe80::1%eth0]:80", "fe80::1%eth0", 80, ""}, {"[::ffff:10.0.0.1]:80", "::ffff:10.0.0.1", 80, ""},
      {"unix:/run/slotway.sock", "", 0, "/run/slotway.sock"},
  };
  for (const Good& row : rows) {
    CAPTURE(row.text);
    const auto address = parseBind(row.text);
    REQUIRE(address.ok());
    CHECK(address.value().host == row.host);
    CHECK(address.value().port == row.port);
    CHECK(address.value().path == row.path);
    CHECK(address.value().isUnix() == (row.port == 0));
  }
}

TEST_CASE("settings address: what is refused, and why") {
  const Bad rows[] = {
      {"", " has no port"},
      {"6390", " has no port"},
      {"host", " has no port"},
      {":6390", " has no host"},
      {"*:6390", " has a host that is neither an IPv4 address nor a name"},
      {"127.0.0.256:80", " has a host that is neither an IPv4 address nor a name"},
      {"10.1:80", " has a host that is neither an IPv4 address nor a name"},
      {"a b:80", " has a host that is neither an IPv4 address nor a name"},
      {std::string(254, 'a') + ":80", " has a host that is neither an IPv4 address nor a name"},
      {"::1:6390", " has an IPv6 address without brackets"},
      {"[::1]", " has no port"},
      {"[::1]6390", " has no port"},
      {"[::1", " has no IPv6 address in its brackets"},
      {"[]:80", " has no IPv6 address in its brackets"},
      {"[localhost]:80", " has no IPv6 address in its brackets"},
      {std::string("[::1\0x]:80", 10), " has no IPv6 address in its brackets"},
      {"host:", " has no port from 1 to 65535"},
      {"host:0", " has no port from 1 to 65535"},
      {"host:65536", " has no port from 1 to 65535"},
      {"host:080", " has no port from 1 to 65535"},
      {"host:http", " has no port from 1 to 65535"},
      {"[::1]:99999999999999999999", " has no port from 1 to 65535"},
      {"unix:", " has no absolute path"},
      {"unix:run/slotway.sock", " has no absolute path"},
      {"unix:/" + std::string(107, 'a'), " has a path too long for a Unix socket"},
  };
  for (const Bad& row : rows) {
    CAPTURE(row.text);
    const auto address = parseBind(row.text);
    REQUIRE(!address.ok());
    CHECK(address.error() == row.fault);
  }
  CHECK(parseBind("unix:/" + std::string(106, 'a')).ok());
  CHECK(!parseHostPort("unix:/run/slotway.sock").ok());
}

TEST_CASE("settings address: a side of an address map may lack its port") {
  for (const char* text : {"redis-2", "10.0.0.2", "::1", "[::1]"}) {
    CAPTURE(text);
    REQUIRE(parseMapped(text).ok());
    CHECK(parseMapped(text).value().port == 0);
  }
  CHECK(parseMapped("[::1]").value().host == "::1");
  CHECK(parseMapped("10.0.0.1:6379").value().port == 6379);
  CHECK(!parseMapped("").ok());
  CHECK(!parseMapped("a b").ok());
  CHECK(!parseMapped("[x]").ok());
}

}  // namespace slotway::settings
