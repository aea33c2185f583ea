#include "settings/value.h"

#include <algorithm>
#include <cstdio>

#include "settings/address.h"
#include "settings/quantities.h"
#include "settings/text_file.h"

namespace slotway::settings {
namespace {

constexpr size_t kLongestQuote = 80;
constexpr size_t kLargestSecretFile = 64 * 1024;

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Error refusal(const RowFacts& row, Slice text, const std::string& fault) {
  return Error{quoted(text) + fault + "; expected " + expectedOne(row)};
}

using Parse = Result<uint64_t> (*)(Slice);

Result<Value> readNumber(const RowFacts& row, Slice text, Parse parse) {
  const Result<uint64_t> number = parse(text);
  if (!number.ok()) return refusal(row, text, number.error());
  if (number.value() < parse(row.range.least).value() || number.value() > parse(row.range.most).value())
    return refusal(row, text, " is out of range");
  return Value{.number = number.value()};
}

Result<Value> readWorkers(const RowFacts& row, Slice text) {
  if (text == "auto") return Value{};
  return readNumber(row, text, parseInteger);
}

Result<Value> readChoice(const RowFacts& row, Slice text) {
  for (size_t place = 0; !choiceAt(row.range.words, place).empty(); ++place)
    if (choiceAt(row.range.words, place) == text) return Value{.number = place};
  return refusal(row, text, " is unknown");
}

template <class Parsed>
Result<Value> readAddress(const RowFacts& row, Slice text, const Result<Parsed>& parsed) {
  if (!parsed.ok()) return refusal(row, text, parsed.error());
  return Value{.text = std::string(text)};
}

Result<Value> readAdminBind(const RowFacts& row, Slice text) {
  if (text == "off") return Value{.text = "off"};
  return readAddress(row, text, parseHostPort(text));
}

Result<Value> readSecretFile(const RowFacts& row, Slice path) {
  Result<std::string> text = readTextFile(std::string(path), kLargestSecretFile);
  if (!text.ok()) return refusal(row, path, " " + text.error());
  std::string& secret = text.value();
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return refusal(row, path, " is empty");
  return Value{.text = std::move(secret)};
}

}  // namespace

Result<Value> readValue(const RowFacts& row, Slice text) {
  if (text.empty()) return Error{"found empty text; expected " + expectedOne(row)};
  if (row.kind == Kind::Secret) return Value{.text = std::string(text)};
  if (std::ranges::any_of(text, isControl)) return refusal(row, text, " has unprintable bytes");
  switch (row.kind) {
    case Kind::Workers: return readWorkers(row, text);
    case Kind::Integer: return readNumber(row, text, parseInteger);
    case Kind::Duration: return readNumber(row, text, parseDuration);
    case Kind::Size: return readNumber(row, text, parseSize);
    case Kind::Choice: return readChoice(row, text);
    case Kind::SecretFile: return readSecretFile(row, text);
    case Kind::Bind: return readAddress(row, text, parseBind(text));
    case Kind::AdminBind: return readAdminBind(row, text);
    case Kind::HostPort:
    case Kind::Seeds: return readAddress(row, text, parseHostPort(text));
    case Kind::AddressMap: return readMapped(row, text);
    case Kind::HashTag:
      if (text.find_first_of("{}") != Slice::npos) return refusal(row, text, " has braces");
      break;
    case Kind::Text:
    case Kind::Secret:
    case Kind::UpstreamName: break;
  }
  return Value{.text = std::string(text)};
}

Result<Value> readMapped(const RowFacts& row, Slice text) { return readAddress(row, text, parseMapped(text)); }

std::string accepted(const RowFacts& row) {
  const std::string span = " from " + std::string(row.range.least) + " to " + std::string(row.range.most);
  switch (row.kind) {
    case Kind::Workers: return "auto or a whole number" + span;
    case Kind::Integer: return "a whole number" + span;
    case Kind::Duration: return "a duration" + span;
    case Kind::Size: return "a size" + span;
    case Kind::Choice: return (choiceAt(row.range.words, 1).empty() ? "only " : "one of ") + std::string(row.range.words);
    case Kind::Text:
    case Kind::Secret: return "text";
    case Kind::SecretFile: return "the path of a file that holds a password";
    case Kind::Bind: return "host:port, [IPv6]:port or unix:/path";
    case Kind::AdminBind: return "host:port, [IPv6]:port or off";
    case Kind::HostPort: return "host:port or [IPv6]:port";
    case Kind::HashTag: return "text without braces";
    case Kind::UpstreamName: return "the name of an upstream";
    case Kind::Seeds: return "a list of host:port or [IPv6]:port";
    case Kind::AddressMap: return "a map of addresses (host or host:port) to addresses";
  }
  return {};
}

std::string expected(const RowFacts& row) {
  if (row.kind == Kind::Duration) return accepted(row) + ", such as 500ms or 2s";
  if (row.kind == Kind::Size) return accepted(row) + ", such as 512kb or 64mb";
  const bool isText = row.kind == Kind::Text || row.kind == Kind::Secret || row.kind == Kind::HashTag;
  return accepted(row) + (isText ? " (in quotes where YAML would read it as something else)" : "");
}

std::string expectedOne(const RowFacts& row) {
  if (row.kind == Kind::Seeds) return "host:port or [IPv6]:port";
  if (row.kind == Kind::AddressMap) return "host, host:port or [IPv6]:port";
  return expected(row);
}

Slice choiceAt(Slice words, size_t place) {
  for (; place > 0 && !words.empty(); --place) {
    const size_t comma = words.find(", ");
    words.remove_prefix(comma == Slice::npos ? words.size() : comma + 2);
  }
  return words.substr(0, words.find(", "));
}

std::string quoted(Slice text) {
  std::string result = "\"";
  for (char c : text.substr(0, kLongestQuote)) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    if (isControl(c)) result += escaped;
    else result += c;
  }
  return result + (text.size() > kLongestQuote ? "...\"" : "\"");
}

}  // namespace slotway::settings
