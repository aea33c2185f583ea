#include "command/stream_end.h"

#include "command/keys.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

// Behind STREAMS stand all keys, then as many ids.
std::vector<StreamEnd> findStreamEnds(const Command& command, std::span<const Slice> args) {
  std::vector<StreamEnd> ends;
  std::vector<uint32_t> keys;
  const bool reads = command.timeoutAt == TimeoutAt::BehindBlock && command.has(CommandFlag::ReadOnly);
  if (!reads || !findKeys(command, args, keys)) return ends;
  for (const uint32_t key : keys) {
    const auto id = static_cast<uint32_t>(key + keys.size());
    if (id < args.size() && args[id] == "$") ends.push_back({key, id, ""});
  }
  return ends;
}

void askForStreamEnd(Slice key, Bytes& out) {
  const Slice words[] = {"XREVRANGE", key, "+", "-", "COUNT", "1"};
  resp::request(out, words);
}

std::string streamEndOf(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto entries = reader.next();
  if (!entries.isArray()) return "";
  if (entries.number < 1) return "0-0";
  const bool entry = reader.next().isArray();
  return entry ? std::string(reader.next().text) : "";
}

}  // namespace slotway
