#include "settings/quantities.h"

#include <doctest/doctest.h>

#include <limits>

namespace slotway::settings {
namespace {

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

struct Good {
  std::string text;
  uint64_t value;
};
struct Bad {
  std::string text;
  const char* fault;
};
using Parse = Result<uint64_t> (*)(Slice);

template <size_t N>
void checkGood(Parse parse, const Good (&rows)[N]) {
  for (const Good& row : rows) {
    CAPTURE(row.text);
    const auto value = parse(row.text);
    REQUIRE(value.ok());
    CHECK(value.value() == row.value);
  }
}

template <size_t N>
void checkBad(Parse parse, const Bad (&rows)[N]) {
  for (const Bad& row : rows) {
    CAPTURE(row.text);
    const auto value = parse(row.text);
    REQUIRE(!value.ok());
    CHECK(value.error() == row.fault);
  }
}

}  // namespace

TEST_CASE("settings quantities: whole numbers") {
  checkGood(parseInteger, {{"0", 0}, {"7", 7}, {"1000000", 1000000}, {"18446744073709551615", kMost},
                           {"18446744073709551616", kMost}, {"99999999999999999999999", kMost}});
  checkBad(parseInteger, {{"", " is not a whole number"}, {"-1", " is not a whole number"}, {"+1", " is not a whole number"},
                          {"1.0", " is not a whole number"}, {"1e3", " is not a whole number"},
                          {"0x10", " is not a whole number"}, {"1_000", " is not a whole number"},
                          {" 1", " is not a whole number"}, {"yes", " is not a whole number"},
                          {"010", " has leading zeros"}, {"00", " has leading zeros"}});
}

TEST_CASE("settings quantities: durations in milliseconds") {
  checkGood(parseDuration, {{"0", 0}, {"0s", 0}, {"1ms", 1}, {"500ms", 500}, {"2s", 2000}, {"3m", 180000}, {"1h", 3600000},
                            {"99999999999999999999h", kMost}});
  checkBad(parseDuration, {{"", " is not a duration"}, {"500", " has no unit"}, {"abc", " is not a duration"},
                           {"1.5s", " is not a duration"}, {"1h30m", " is not a duration"}, {"2d", " is not a duration"},
                           {"1 s", " is not a duration"}, {"-1s", " is not a duration"}, {"05s", " has leading zeros"}});
}

TEST_CASE("settings quantities: sizes in bytes, units as in redis.conf") {
  checkGood(parseSize, {{"0", 0}, {"100", 100}, {"100b", 100}, {"1kb", 1024}, {"64MB", 64ull << 20}, {"4Gb", 4ull << 30},
                        {"99999999999gb", kMost}});
  checkBad(parseSize, {{"", " is not a size"}, {"mb", " is not a size"}, {"1tb", " is not a size"}, {"1.5gb", " is not a size"},
                       {"1 mb", " is not a size"}, {"0100", " has leading zeros"}});
}

}  // namespace slotway::settings
