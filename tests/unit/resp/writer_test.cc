#include "resp/writer.h"

#include <doctest/doctest.h>

#include <array>
#include <limits>
#include <string>

namespace slotway {
namespace {

template <class Write>
std::string written(Write write) {
  Bytes out(Slice("before "));
  write(out);
  REQUIRE(out.slice().starts_with("before "));
  return std::string(out.slice().substr(7));
}

}  // namespace

TEST_CASE("writer: every frame") {
  using namespace std::string_literals;
  CHECK(written([](Bytes& out) { resp::simple(out, "OK"); }) == "+OK\r\n");
  CHECK(written([](Bytes& out) { resp::simple(out, ""); }) == "+\r\n");
  CHECK(written([](Bytes& out) { resp::error(out, "ERR no"); }) == "-ERR no\r\n");
  CHECK(written([](Bytes& out) { resp::error(out, "ERR a\r\nb\n"); }) == "-ERR a  b \r\n");
  CHECK(written([](Bytes& out) { resp::arrayHeader(out, 0); }) == "*0\r\n");
  CHECK(written([](Bytes& out) { resp::arrayHeader(out, 1234567); }) == "*1234567\r\n");
  CHECK(written([](Bytes& out) { resp::bulk(out, "hello"); }) == "$5\r\nhello\r\n");
  CHECK(written([](Bytes& out) { resp::bulk(out, Slice()); }) == "$0\r\n\r\n");
  CHECK(written([](Bytes& out) { resp::bulk(out, "\r\n\0"s); }) == "$3\r\n\r\n\0\r\n"s);
}

TEST_CASE("writer: what RESP2 and RESP3 write differently") {
  using enum resp::Version;
  struct Row {
    void (*write)(Bytes& out, resp::Version version);
    const char* resp2;
    const char* resp3;
  };
  const Row rows[] = {
      {[](Bytes& out, resp::Version version) { resp::null(out, version); }, "$-1\r\n", "_\r\n"},
      {[](Bytes& out, resp::Version version) { resp::nullArray(out, version); }, "*-1\r\n", "_\r\n"},
      {[](Bytes& out, resp::Version version) { resp::mapHeader(out, 7, version); }, "*14\r\n", "%7\r\n"},
      {[](Bytes& out, resp::Version version) { resp::setHeader(out, 7, version); }, "*7\r\n", "~7\r\n"},
      {[](Bytes& out, resp::Version version) { resp::pushHeader(out, 2, version); }, "*2\r\n", ">2\r\n"},
      {[](Bytes& out, resp::Version version) { resp::verbatim(out, "a\r\nb\n", version); }, "$5\r\na\r\nb\n\r\n",
       "=9\r\ntxt:a\r\nb\n\r\n"},
      {[](Bytes& out, resp::Version version) { resp::verbatim(out, "", version); }, "$0\r\n\r\n", "=4\r\ntxt:\r\n"},
  };
  for (const Row& row : rows) {
    CHECK(written([&](Bytes& out) { row.write(out, Resp2); }) == row.resp2);
    CHECK(written([&](Bytes& out) { row.write(out, Resp3); }) == row.resp3);
  }
}

TEST_CASE("writer: integers at their ends") {
  const std::array<int64_t, 6> values = {0, 9, -1, 10, std::numeric_limits<int64_t>::max(),
                                         std::numeric_limits<int64_t>::min()};
  for (const int64_t value : values) {
    CHECK(written([&](Bytes& out) { resp::integer(out, value); }) == ":" + std::to_string(value) + "\r\n");
  }
  CHECK(written([](Bytes& out) { resp::arrayHeader(out, SIZE_MAX); }) == "*18446744073709551615\r\n");
}

TEST_CASE("writer: a request, and frames behind frames") {
  const std::array<Slice, 3> args = {"SET", "k", ""};
  CHECK(written([&](Bytes& out) { resp::request(out, args); }) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
  CHECK(written([](Bytes& out) {
          resp::arrayHeader(out, 2);
          resp::integer(out, 1);
          resp::null(out, resp::Version::Resp2);
        }) == "*2\r\n:1\r\n$-1\r\n");
}

TEST_CASE("writer: sizes around the header's growth") {
  for (const size_t size : {1u, 9u, 10u, 63u, 64u, 99u, 100u, 65535u, 65536u, 1000000u}) {
    const std::string value(size, 'v');
    CHECK(written([&](Bytes& out) { resp::bulk(out, value); }) == "$" + std::to_string(size) + "\r\n" + value + "\r\n");
  }
}

}  // namespace slotway
