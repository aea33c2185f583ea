#include "cluster/slots_reply.h"

#include <optional>

#include "cluster/node.h"
#include "resp/reply_reader.h"

namespace slotway {
namespace {

using resp::ReplyReader;

constexpr int64_t kRangeItems = 2;  // first and last, then nodes
constexpr int64_t kNodeItems = 3;   // endpoint, port and id, then perhaps metadata
constexpr int64_t kMaxPort = 65535;

Error notSlots(const std::string& why) { return Error{"CLUSTER SLOTS: " + why}; }

bool skip(ReplyReader& reader, int64_t count) {
  while (reader.ok() && count-- > 0) reader.skip();
  return reader.ok();
}

std::optional<PreferredEndpoint> readHost(const ReplyReader::Frame& frame) {
  using Kind = PreferredEndpoint::Kind;
  if (frame.null) return PreferredEndpoint{Kind::Unknown, "", 0};
  if (!frame.isText()) return std::nullopt;
  if (frame.text.empty()) return PreferredEndpoint{Kind::Asked, "", 0};
  if (frame.text == "?") return PreferredEndpoint{Kind::NoHostname, "", 0};
  if (!isHost(frame.text)) return std::nullopt;
  return PreferredEndpoint{Kind::Given, std::string(frame.text), 0};
}

bool readNode(ReplyReader& reader, PreferredEndpoints& endpoints) {
  const ReplyReader::Frame node = reader.next();
  if (!node.isArray() || node.number < kNodeItems) return false;
  std::optional<PreferredEndpoint> endpoint = readHost(reader.next());
  const ReplyReader::Frame port = reader.next();
  const ReplyReader::Frame id = reader.next();
  if (!endpoint || port.type != ':' || port.number < 0 || port.number > kMaxPort || !id.isText()) return false;
  endpoint->port = static_cast<uint16_t>(port.number);
  // One entry for each range that the node serves, all alike.
  endpoints.try_emplace(std::string(id.text), std::move(*endpoint));
  return skip(reader, node.number - kNodeItems);
}

bool readRange(ReplyReader& reader, PreferredEndpoints& endpoints) {
  const ReplyReader::Frame range = reader.next();
  if (!range.isArray() || range.number < kRangeItems || !skip(reader, kRangeItems)) return false;
  for (int64_t node = kRangeItems; node < range.number; ++node) {
    if (!readNode(reader, endpoints)) return false;
  }
  return true;
}

}  // namespace

Result<PreferredEndpoints> parseSlotsReply(Slice reply) {
  ReplyReader reader(reply);
  const ReplyReader::Frame ranges = reader.next();
  if (ranges.type == '-') return notSlots("the node answered: " + std::string(ranges.text));
  if (!ranges.isArray()) return notSlots("an array is expected");
  PreferredEndpoints endpoints;
  for (int64_t range = 0; range < ranges.number; ++range) {
    if (!readRange(reader, endpoints)) return notSlots("entry " + std::to_string(range + 1) + " cannot be read");
  }
  if (!reader.atEnd()) return notSlots("there are bytes behind the reply");
  return endpoints;
}

}  // namespace slotway
