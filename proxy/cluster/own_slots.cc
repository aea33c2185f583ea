#include "cluster/own_slots.h"

#include "cluster/nodes_text.h"

namespace slotway {
namespace {

Slice lineOfMyself(Slice text) {
  while (!text.empty()) {
    const Slice line = text.substr(0, text.find('\n'));
    if (line.find("myself") != Slice::npos) return line;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

}  // namespace

Result<OwnSlots> parseOwnSlots(Slice text) {
  const auto lines = parseNodesText(lineOfMyself(text));
  if (!lines) return Error{lines.error()};
  if (lines.value().empty() || !lines.value().front().myself) return Error{"CLUSTER NODES: no line of the node itself"};
  const NodesLine& line = lines.value().front();
  OwnSlots own;
  own.nodeId = line.id;
  for (const SlotRange& range : line.slots) {
    for (uint32_t slot = range.first; slot <= range.last; ++slot) own.served.set(slot);
  }
  for (const auto& handover : line.handovers) own.handovers.emplace(handover.slot, handover.targetId);
  return own;
}

}  // namespace slotway
