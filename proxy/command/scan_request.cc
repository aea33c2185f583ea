#include "command/scan_request.h"

#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include "command/glob.h"
#include "command/words.h"

namespace slotway {
namespace {

constexpr ScanCursor kEnd{.slot = kHashSlots - 1, .hash = (uint64_t{1} << ScanCursor::kHashBits) - 1};
const Error kSyntaxError{"ERR syntax error"};

// As strtoul(3) reads it, signs and all.
std::optional<uint64_t> readCursor(Slice text) {
  const std::string ended(text);
  char* end = nullptr;
  errno = 0;
  const uint64_t number = std::strtoull(ended.c_str(), &end, 10);
  const bool blank = std::isspace(static_cast<unsigned char>(ended.c_str()[0])) != 0;
  if (blank || *end != '\0' || errno == ERANGE) return std::nullopt;
  return number;
}

// Only as it would be printed: no sign in front, no zero.
std::optional<int64_t> readCount(Slice text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || std::to_string(number) != text) return std::nullopt;
  return number;
}

}  // namespace

// SCAN and KEYS take "*" for no pattern: it matches an empty key, too.
bool ScanRequest::matches(Slice key) const { return !pattern || *pattern == "*" || globMatchesExactly(*pattern, key); }

bool ScanRequest::accepts(Slice typeName) const { return typeName != "none" && (!type || sameWord(*type, typeName)); }

Result<ScanRequest> parseScan(std::span<const Slice> args) {
  ScanRequest request;
  const std::optional<uint64_t> number = readCursor(args[1]);
  if (!number) return Error{"ERR invalid cursor"};
  request.from = ScanCursor::of(*number).value_or(kEnd);
  for (size_t at = 2; at < args.size(); at += 2) {
    if (at + 1 == args.size()) return kSyntaxError;
    const Slice value = args[at + 1];
    if (sameWord(args[at], "count")) {
      const std::optional<int64_t> count = readCount(value);
      if (!count) return Error{"ERR value is not an integer or out of range"};
      if (*count < 1) return kSyntaxError;
      request.count = static_cast<uint64_t>(*count);
    } else if (sameWord(args[at], "match")) {
      request.pattern = value == "*" ? std::nullopt : std::optional<std::string>(value);
    } else if (sameWord(args[at], "type")) {
      request.type = value;
    } else {
      return kSyntaxError;
    }
  }
  return request;
}

}  // namespace slotway
