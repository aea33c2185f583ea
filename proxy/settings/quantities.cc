#include "settings/quantities.h"

#include <algorithm>
#include <limits>
#include <span>
#include <string>

namespace slotway::settings {
namespace {

struct Unit {
  Slice name;
  uint64_t factor;
};

constexpr Unit kNoUnit[] = {{"", 1}};
constexpr Unit kDurationUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
constexpr Unit kSizeUnits[] = {{"", 1}, {"b", 1}, {"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}};

constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

bool isDigit(char c) { return c >= '0' && c <= '9'; }

uint64_t times(uint64_t a, uint64_t b) { return b != 0 && a > kMost / b ? kMost : a * b; }

uint64_t numberOf(Slice digits) {
  uint64_t number = 0;
  for (char c : digits) {
    number = times(number, 10);
    const auto digit = static_cast<uint64_t>(c - '0');
    number = number > kMost - digit ? kMost : number + digit;
  }
  return number;
}

std::string lower(Slice text) {
  std::string copy(text);
  for (char& c : copy)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return copy;
}

Result<uint64_t> parse(Slice text, std::span<const Unit> units, const std::string& noun) {
  const auto end = std::ranges::find_if_not(text, isDigit);
  const Slice digits(text.begin(), end);
  const std::string suffix = lower(Slice(end, text.end()));
  if (digits.empty()) return Error{" is not " + noun};
  if (digits.size() > 1 && digits.front() == '0') return Error{" has leading zeros"};
  const auto unit = std::ranges::find(units, Slice(suffix), &Unit::name);
  if (unit != units.end()) return times(numberOf(digits), unit->factor);
  return Error{suffix.empty() ? std::string(" has no unit") : " is not " + noun};
}

}  // namespace

Result<uint64_t> parseInteger(Slice text) { return parse(text, kNoUnit, "a whole number"); }

Result<uint64_t> parseDuration(Slice text) {
  if (text == "0") return uint64_t{0};
  return parse(text, kDurationUnits, "a duration");
}

Result<uint64_t> parseSize(Slice text) { return parse(text, kSizeUnits, "a size"); }

}  // namespace slotway::settings
