#include "command/block_timeout.h"

#include <charconv>
#include <cmath>

#include "command/words.h"
#include "resp/header_line.h"

namespace slotway {
namespace {

constexpr double kMostSeconds = 1e9;
// As milliseconds Redis holds it in 64 bits, with a sign.
constexpr double kNegativeFromSeconds = 9223372036854775.808;

// How many arguments belong to the option `word` of XREAD and XREADGROUP.
size_t argumentsOf(Slice word) {
  if (isOption(word, "group")) return 2;
  return isOption(word, "count") ? 1 : 0;
}

// The last one counts. 0: there is no BLOCK.
uint32_t behindBlock(std::span<const Slice> args) {
  const auto positions = blockPositions(args);
  return positions.empty() ? 0 : positions.back();
}

bool isInMilliseconds(const Command& command) {
  return command.timeoutAt == TimeoutAt::BehindBlock || command.timeoutAt == TimeoutAt::LastInMs;
}

// Milliseconds are whole.
std::optional<double> numberIn(const Command& command, Slice text) {
  if (isInMilliseconds(command)) {
    int64_t whole = 0;
    return strictNumber(text, whole) ? std::optional(static_cast<double>(whole)) : std::nullopt;
  }
  double number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = status == std::errc{} && end == text.data() + text.size();
  return whole && !std::isnan(number) ? std::optional(number) : std::nullopt;
}

}  // namespace

bool isOption(Slice word, Slice option) { return sameWord(word.substr(0, word.find('\0')), option); }

// Options end at STREAMS: a key, group or consumer named "block" is none.
std::vector<uint32_t> blockPositions(std::span<const Slice> args) {
  std::vector<uint32_t> positions;
  for (size_t at = 1; at < args.size() && !isOption(args[at], "streams"); ++at) {
    const bool block = isOption(args[at], "block");
    if (block) positions.push_back(static_cast<uint32_t>(at + 1));
    at += block ? 1 : argumentsOf(args[at]);
  }
  return positions;
}

uint32_t timeoutPosition(const Command& command, std::span<const Slice> args) {
  switch (command.timeoutAt) {
    case TimeoutAt::Nowhere: return 0;
    case TimeoutAt::First: return 1;
    case TimeoutAt::Last:
    case TimeoutAt::LastInMs: return static_cast<uint32_t>(args.size() - 1);
    case TimeoutAt::BehindBlock: return behindBlock(args);
  }
  return 0;
}

std::string BlockTimeout::text(uint64_t newUs) const {
  if (inMilliseconds) return std::to_string(std::max<uint64_t>(newUs / 1000, 1));
  // Zero would be for ever.
  const uint64_t leastUs = std::max<uint64_t>(newUs, 1000);
  std::string fraction = std::to_string(leastUs % 1000000);
  fraction.insert(0, 6 - fraction.size(), '0');
  return std::to_string(leastUs / 1000000) + "." + fraction;
}

bool mayBlock(const Command& command, std::span<const Slice> args) {
  return command.timeoutAt != TimeoutAt::BehindBlock || behindBlock(args) != 0;
}

std::optional<BlockTimeout> findBlockTimeout(const Command& command, std::span<const Slice> args) {
  BlockTimeout timeout{.position = timeoutPosition(command, args)};
  if (timeout.position == 0 || timeout.position >= args.size()) return std::nullopt;
  const auto number = numberIn(command, args[timeout.position]);
  if (!number || !std::isfinite(*number) || *number < 0) return std::nullopt;
  timeout.inMilliseconds = isInMilliseconds(command);
  const double seconds = timeout.inMilliseconds ? *number / 1000 : *number;
  if (seconds >= kNegativeFromSeconds) return std::nullopt;
  if (seconds > 0 && seconds < kMostSeconds) timeout.us = static_cast<uint64_t>(std::ceil(seconds * 1e6));
  return timeout;
}

// The options as they come; the first one that is wrong is told of.
Slice streamsError(const Command& command, std::span<const Slice> args) {
  constexpr Slice kSyntax = "ERR syntax error";
  const bool forGroup = !command.has(CommandFlag::ReadOnly);
  for (size_t at = 1; at < args.size(); ++at) {
    const size_t more = args.size() - at - 1;
    int64_t number = 0;
    if (more > 0 && isOption(args[at], "streams")) {
      return "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.";
    }
    if (more > 0 && isOption(args[at], "block")) {
      if (!strictNumber(args[++at], number)) return "ERR timeout is not an integer or out of range";
      if (number < 0) return "ERR timeout is negative";
    } else if (more > 0 && isOption(args[at], "count")) {
      if (!strictNumber(args[++at], number)) return "ERR value is not an integer or out of range";
    } else if (forGroup && more > 1 && isOption(args[at], "group")) {
      at += 2;
    } else if (!forGroup || !isOption(args[at], "noack")) {
      return kSyntax;
    }
  }
  return kSyntax;
}

// Redis takes what is infinite, or nearly so, for negative.
Slice timeoutError(const Command& command, std::span<const Slice> args) {
  const uint32_t position = timeoutPosition(command, args);
  if (position < args.size() && numberIn(command, args[position])) return "ERR timeout is negative";
  if (isInMilliseconds(command)) return "ERR timeout is not an integer or out of range";
  return "ERR timeout is not a float or out of range";
}

}  // namespace slotway
