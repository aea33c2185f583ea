#include "client/transaction.h"

#include <algorithm>

namespace slotway {
namespace {

constexpr Slice kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr Slice kExec = "*1\r\n$4\r\nEXEC\r\n";

}  // namespace

void Transaction::add(const Request& request, const Command& command, HashSlot slot) {
  queued_.push_back({&command, requests_.size(), request.wire.size(), slot});
  requests_.append(request.wire);
  if (queued_.back().isLocal()) ++locals_;
  if (slot == kNoSlot) return;
  manySlots_ = manySlots_ || (slot_ != kNoSlot && slot_ != slot);
  if (slot_ == kNoSlot) slot_ = slot;
}

void Transaction::refuse() {
  *this = {};
  refused_ = true;
}

std::vector<Transaction::Part> Transaction::parts() const {
  std::vector<Part> parts;
  for (size_t i = 0; i < queued_.size(); ++i) {
    if (queued_[i].isLocal()) continue;
    const HashSlot slot = queued_[i].slot == kNoSlot ? slot_ : queued_[i].slot;
    auto part = std::ranges::find(parts, slot, &Part::slot);
    if (part == parts.end()) part = parts.insert(part, {slot, {}});
    part->commands.push_back(i);
  }
  return parts;
}

Bytes Transaction::wholeWire() const {
  Bytes wire(kMulti);
  wire.reserve(kMulti.size() + requests_.size() + kExec.size());
  wire.append(requests_.slice());
  wire.append(kExec);
  return wire;
}

Bytes Transaction::wireOf(const Part& part) const {
  Bytes wire(kMulti);
  for (const size_t place : part.commands) wire.append(wireOf(queued_[place]));
  wire.append(kExec);
  return wire;
}

}  // namespace slotway
