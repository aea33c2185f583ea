#include "command/split.h"

#include <algorithm>

#include "command/keys.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Args = std::span<const Slice>;

constexpr unsigned kSlotShift = 32;
constexpr size_t kLineEnd = 2;
constexpr size_t kArrayHeaderBytes = 24;

HashSlot slotOf(uint64_t entry) { return static_cast<HashSlot>(entry >> kSlotShift); }
uint32_t keyOf(uint64_t entry) { return static_cast<uint32_t>(entry); }

bool inOneSlot(Args args, const std::vector<uint32_t>& positions, HashSlot slot) {
  return std::ranges::all_of(positions, [&](uint32_t position) { return hashSlot(args[position]) == slot; });
}

// As it stands in the request: "$3\r\nfoo\r\n".
Slice bulkOf(Slice arg) {
  size_t header = 1 + kLineEnd + 1;
  for (size_t left = arg.size(); left > 9; left /= 10) ++header;
  return {arg.data() - header, header + arg.size() + kLineEnd};
}

// The argument and those behind it that belong to it, as they stand in the request.
Slice bulksOf(Args args, size_t position, size_t count) {
  const Slice first = bulkOf(args[position]);
  const Slice last = args[position + count - 1];
  return {first.data(), static_cast<size_t>(last.data() + last.size() + kLineEnd - first.data())};
}

}  // namespace

void planSplit(const Request& request, const Command& command, Plan& plan) {
  const Args args = request.args;
  if ((args.size() - 1) % keyStep(command) != 0) {
    plan.error = "ERR wrong number of arguments for '" + command.name + "' command";
    return;
  }
  if (!findKeys(command, args, plan.keyPositions) || plan.keyPositions.empty()) {
    plan.target = Plan::Target::AnyMaster;
    return;
  }
  plan.slot = hashSlot(args[plan.keyPositions.front()]);
  plan.target = Plan::Target::Slot;
  if (inOneSlot(args, plan.keyPositions, plan.slot)) return;
  plan.slot = kNoSlot;
  plan.target = Plan::Target::Split;
  plan.merge = command.merge;
  plan.nextKey = 0;
  planNextPart(request, plan);
}

void planNextPart(const Request& request, Plan& plan) {
  const uint32_t from = plan.nextKey;
  const auto all = static_cast<uint32_t>(plan.keyPositions.size());
  plan.nextKey = from + std::min(kKeysPerPart, all - from);
  plan.slotOrder.clear();
  for (uint32_t key = from; key < plan.nextKey; ++key) {
    plan.slotOrder.push_back(uint64_t{hashSlot(request.args[plan.keyPositions[key]])} << kSlotShift | key);
  }
  std::sort(plan.slotOrder.begin(), plan.slotOrder.end());
  plan.pieces.clear();
  plan.pieceOfKey.resize(plan.slotOrder.size());
  for (uint32_t at = 0; at < plan.slotOrder.size(); ++at) {
    const HashSlot slot = slotOf(plan.slotOrder[at]);
    if (plan.pieces.empty() || plan.pieces.back().slot != slot) plan.pieces.push_back({slot, at, 0});
    ++plan.pieces.back().count;
    plan.pieceOfKey[keyOf(plan.slotOrder[at]) - from] = static_cast<uint32_t>(plan.pieces.size() - 1);
  }
}

void writePiece(const Request& request, const Command& command, const Plan& plan, const Plan::Piece& piece, Bytes& out) {
  const size_t step = keyStep(command);
  const auto keys = std::span(plan.slotOrder).subspan(piece.first, piece.count);
  const Slice name = bulkOf(request.args[0]);
  const auto bulks = [&](uint64_t entry) { return bulksOf(request.args, plan.keyPositions[keyOf(entry)], step); };
  size_t bytes = kArrayHeaderBytes + name.size();
  for (const uint64_t entry : keys) bytes += bulks(entry).size();
  out.reserve(out.size() + bytes);
  resp::arrayHeader(out, 1 + keys.size() * step);
  out.append(name);
  for (const uint64_t entry : keys) out.append(bulks(entry));
}

}  // namespace slotway
