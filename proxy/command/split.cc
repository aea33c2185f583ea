#include "command/split.h"

#include <algorithm>

#include "command/keys.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Args = std::span<const Slice>;

// In slotOrder: the slot above, the key's number in the request below, so that sorting groups by slot and keeps order.
constexpr unsigned kSlotShift = 32;
constexpr size_t kHeaderBytes = 24;

HashSlot slotOf(uint64_t entry) { return static_cast<HashSlot>(entry >> kSlotShift); }
uint32_t keyOf(uint64_t entry) { return static_cast<uint32_t>(entry); }

void orderBySlot(Args args, Plan& plan) {
  plan.slotOrder.clear();
  for (uint32_t key = 0; key < plan.keyPositions.size(); ++key) {
    const uint64_t slot = hashSlot(args[plan.keyPositions[key]]);
    plan.slotOrder.push_back(slot << kSlotShift | key);
  }
  std::sort(plan.slotOrder.begin(), plan.slotOrder.end());
}

size_t piecesIn(const std::vector<uint64_t>& slotOrder) {
  size_t pieces = 1;
  for (size_t at = 1; at < slotOrder.size(); ++at) pieces += slotOf(slotOrder[at]) != slotOf(slotOrder[at - 1]);
  return pieces;
}

// Makes room for all pieces at once: they are slices of `built`, which must not move under them.
void reserve(Args args, Plan& plan, size_t pieces) {
  size_t bytes = pieces * (args[0].size() + 2 * kHeaderBytes);
  for (const Slice arg : args) bytes += arg.size() + kHeaderBytes;
  plan.built.reserve(bytes);
}

// One sub-command: the keys `group`, each with the arguments that belong to it.
void addPiece(Args args, size_t step, std::span<const uint64_t> group, Plan& plan) {
  const size_t start = plan.built.size();
  resp::arrayHeader(plan.built, 1 + group.size() * step);
  resp::bulk(plan.built, args[0]);
  for (const uint64_t entry : group) {
    const uint32_t position = plan.keyPositions[keyOf(entry)];
    for (size_t at = 0; at < step; ++at) resp::bulk(plan.built, args[position + at]);
    plan.pieceOfKey[keyOf(entry)] = static_cast<uint32_t>(plan.pieces.size());
  }
  plan.pieces.push_back({slotOf(group.front()), plan.built.slice().substr(start)});
}

void addPieces(Args args, size_t step, Plan& plan) {
  plan.pieceOfKey.resize(plan.keyPositions.size());
  const std::span<const uint64_t> order(plan.slotOrder);
  for (size_t from = 0, to = 0; from < order.size(); from = to) {
    while (to < order.size() && slotOf(order[to]) == slotOf(order[from])) ++to;
    addPiece(args, step, order.subspan(from, to - from), plan);
  }
}

}  // namespace

void planSplit(const Request& request, const Command& command, Plan& plan) {
  const Args args = request.args;
  const auto step = static_cast<size_t>(command.keySpecs.front().keyStep);
  if ((args.size() - 1) % step != 0) {
    plan.error = "ERR wrong number of arguments for '" + command.name + "' command";
    return;
  }
  if (!findKeys(command, args, plan.keyPositions) || plan.keyPositions.empty()) {
    plan.target = Plan::Target::AnyMaster;
    plan.pieces.push_back({kNoSlot, wireOf(request, plan)});
    return;
  }
  orderBySlot(args, plan);
  const size_t pieces = piecesIn(plan.slotOrder);
  if (pieces == 1) {
    plan.target = Plan::Target::Slot;
    plan.pieces.push_back({slotOf(plan.slotOrder.front()), wireOf(request, plan)});
    return;
  }
  plan.target = Plan::Target::Split;
  plan.merge = command.merge;
  reserve(args, plan, pieces);
  addPieces(args, step, plan);
}

}  // namespace slotway
