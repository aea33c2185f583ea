#include "cluster/nodes_text.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "cluster/number.h"

namespace slotway {
namespace {

constexpr size_t kMaxIdBytes = 64;

// Cuts what is before the first `separator` off the front of `rest`; all of it when there is none.
Slice cut(Slice& rest, char separator) {
  const size_t end = std::min(rest.find(separator), rest.size());
  const Slice part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// Redis makes ids of 40 hex digits; servers that speak its protocol take other ones.
bool isId(Slice text) {
  const auto mayBeIn = [](unsigned char byte) { return std::isalnum(byte) != 0 || byte == '-' || byte == '_'; };
  return !text.empty() && text.size() <= kMaxIdBytes && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), mayBeIn);
}

// "127.0.0.1:7000@17000,host-1.example.com,shard-id=..."; without "@..." before Redis 4.
bool readAddress(Slice text, NodesLine& line) {
  Slice address = cut(text, ',');
  const Slice hostname = cut(text, ',');
  address = cut(address, '@');
  const size_t colon = address.rfind(':');
  if (colon == Slice::npos) return false;
  const std::optional<uint16_t> port = readNumber<uint16_t>(address.substr(colon + 1));
  if (!port) return false;
  line.ip = address.substr(0, colon);
  line.port = *port;
  if (hostname.find('=') == Slice::npos) line.hostname = hostname;
  return (line.ip.empty() || isHost(line.ip)) && (line.hostname.empty() || isHost(line.hostname));
}

void readFlag(Slice flag, NodesLine& line) {
  if (flag == "master" || flag == "slave" || flag == "replica") {
    line.role = flag == "master" ? Role::Master : Role::Replica;
    line.roleKnown = true;
  }
  line.myself |= flag == "myself";
  line.failed |= flag == "fail";
  line.suspected |= flag == "fail?";
  line.handshake |= flag == "handshake";
  line.noAddress |= flag == "noaddr";
  line.noFailover |= flag == "nofailover";
}

bool readMaster(Slice text, NodesLine& line) {
  if (text == "-") return true;
  line.masterId = text;
  return isId(text);
}

std::optional<HashSlot> readSlot(Slice text) {
  const std::optional<HashSlot> slot = readNumber<HashSlot>(text);
  return slot && *slot < kHashSlots ? slot : std::nullopt;
}

// "93->-id]" or "93-<-id]"
bool readBracketed(Slice text, NodesLine& line) {
  if (!text.ends_with(']')) return false;
  text.remove_suffix(1);
  const std::optional<HashSlot> slot = readSlot(cut(text, '-'));
  const Slice arrow = text.substr(0, 2);
  if (!slot || (arrow != ">-" && arrow != "<-") || !isId(text.substr(2))) return false;
  if (arrow == ">-") line.handovers.push_back({*slot, text.substr(2)});
  return true;
}

bool readSlots(Slice text, NodesLine& line) {
  if (text.starts_with('[')) return readBracketed(text.substr(1), line);
  const bool single = text.find('-') == Slice::npos;
  const std::optional<HashSlot> first = readSlot(cut(text, '-'));
  const std::optional<HashSlot> last = single ? first : readSlot(text);
  if (!first || !last || *first > *last) return false;
  line.slots.push_back({*first, *last});
  return true;
}

// Nothing when all is well, else the name of the field that cannot be read.
Slice readLine(Slice text, NodesLine& line) {
  line.id = cut(text, ' ');
  if (!isId(line.id)) return "id";
  if (!readAddress(cut(text, ' '), line)) return "address";
  Slice flags = cut(text, ' ');
  if (flags.empty()) return "flags";
  while (!flags.empty()) readFlag(cut(flags, ','), line);
  if (!readMaster(cut(text, ' '), line)) return "master";
  cut(text, ' ');  // ping sent
  cut(text, ' ');  // pong received
  const std::optional<uint64_t> epoch = readNumber<uint64_t>(cut(text, ' '));
  if (!epoch) return "config epoch";
  line.configEpoch = *epoch;
  if (cut(text, ' ').empty()) return "link state";
  while (!text.empty()) {
    if (!readSlots(cut(text, ' '), line)) return "slots";
  }
  return {};
}

}  // namespace

Result<std::vector<NodesLine>> parseNodesText(Slice text) {
  std::vector<NodesLine> lines;
  for (size_t number = 1; !text.empty(); ++number) {
    Slice lineText = cut(text, '\n');
    if (lineText.ends_with('\r')) lineText.remove_suffix(1);
    if (lineText.empty()) continue;
    const Slice wrong = readLine(lineText, lines.emplace_back());
    if (!wrong.empty()) {
      return Error{"CLUSTER NODES: line " + std::to_string(number) + ": the " + std::string(wrong) + " cannot be read"};
    }
  }
  return lines;
}

}  // namespace slotway
