#include "command/node_questions.h"

#include <initializer_list>

#include "cluster/number.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway::ask {
namespace {

void request(Bytes& out, std::initializer_list<Slice> words) { resp::request(out, {words.begin(), words.size()}); }

// The elements of an array of texts, whose header `reader` stands before.
std::optional<std::vector<Slice>> readTexts(resp::ReplyReader& reader, size_t bytes) {
  const auto array = reader.next();
  // An element takes more than a byte; a count beyond that is a lie.
  if (!array.isArray() || static_cast<uint64_t>(array.number) > bytes) return std::nullopt;
  std::vector<Slice> all;
  all.reserve(static_cast<size_t>(array.number));
  for (int64_t left = array.number; left > 0; --left) {
    const auto frame = reader.next();
    if (!frame.isText()) return std::nullopt;
    all.push_back(frame.text);
  }
  return all;
}

}  // namespace

void ownSlots(Bytes& out) { request(out, {"CLUSTER", "NODES"}); }
void identity(Bytes& out) { request(out, {"INFO", "server"}); }
void keys(Bytes& out) { request(out, {"DBSIZE"}); }
void randomKey(Bytes& out) { request(out, {"RANDOMKEY"}); }
void keysInSlot(Bytes& out, HashSlot slot) { request(out, {"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}); }

void keysOfSlot(Bytes& out, HashSlot slot, uint64_t most) {
  request(out, {"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), std::to_string(most)});
}

void typeOf(Bytes& out, Slice key) { request(out, {"TYPE", key}); }

void existing(Bytes& out, std::span<const std::string> keys) {
  std::vector<Slice> words{"EXISTS"};
  words.insert(words.end(), keys.begin(), keys.end());
  resp::request(out, words);
}

void whereIs(Bytes& out, HashSlot slot) { request(out, {"EXISTS", keyIn(slot)}); }

void scan(Bytes& out, uint64_t cursor, uint64_t count, const ScanRequest& like) {
  const std::string from = std::to_string(cursor);
  const std::string most = std::to_string(count);
  std::vector<Slice> words{"SCAN", from, "COUNT", most};
  if (like.pattern) words.insert(words.end(), {"MATCH", *like.pattern});
  if (like.type) words.insert(words.end(), {"TYPE", *like.type});
  resp::request(out, words);
}

std::string keyIn(HashSlot slot) {
  for (uint32_t number = 0;; ++number) {
    std::string key = "slotway:nobody's:" + std::to_string(number);
    if (hashSlot(key) == slot) return key;
  }
}

std::optional<Slice> text(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto frame = reader.next();
  if (!reader.atEnd()) return std::nullopt;
  // RESP3 says of a long text what it is: "txt:" stands before it.
  constexpr size_t kFormatBytes = 4;
  if (frame.type == '=' && frame.text.size() >= kFormatBytes) return frame.text.substr(kFormatBytes);
  return frame.isText() ? std::optional(frame.text) : std::nullopt;
}

std::optional<int64_t> integer(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto frame = reader.next();
  return frame.type == ':' && reader.atEnd() ? std::optional(frame.number) : std::nullopt;
}

std::optional<std::vector<Slice>> texts(Slice reply) {
  resp::ReplyReader reader(reply);
  auto all = readTexts(reader, reply.size());
  return reader.atEnd() ? all : std::nullopt;
}

std::optional<OwnSlots> ownSlotsIn(Slice reply) {
  const auto nodes = text(reply);
  if (!nodes) return std::nullopt;
  auto own = parseOwnSlots(*nodes);
  return own ? std::optional(std::move(*own)) : std::nullopt;
}

std::optional<Slice> runIdIn(Slice reply) {
  constexpr Slice kField = "run_id:";
  const Slice facts = text(reply).value_or("");
  const size_t at = facts.find(kField);
  if (at == Slice::npos) return std::nullopt;
  const Slice rest = facts.substr(at + kField.size());
  return rest.substr(0, rest.find_first_of("\r\n"));
}

std::optional<ScanReply> scanned(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto pair = reader.next();
  const auto cursor = reader.next();
  const auto number = cursor.isText() ? readNumber<uint64_t>(cursor.text) : std::nullopt;
  if (!pair.isArray() || pair.number != 2 || !number) return std::nullopt;
  auto keys = readTexts(reader, reply.size());
  if (!keys || !reader.atEnd()) return std::nullopt;
  return ScanReply{*number, std::move(*keys)};
}

}  // namespace slotway::ask
