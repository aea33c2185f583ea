#include "command/slot_at_node.h"

#include <algorithm>

#include "command/node_questions.h"

namespace slotway {
namespace {

constexpr uint64_t kLeastKeys = 1000;
constexpr uint64_t kMostKeys = 10'000;
// Of one answer: a node that has much besides this slot is not asked without end.
constexpr unsigned kMostPages = 16;

}  // namespace

void SlotAtNode::ask(const ScanRequest& request, Questions& questions) const {
  const auto place = [&]() -> Bytes& { return target_.empty() ? questions.toSlot(start_.slot) : questions.toNode(target_); };
  ask::identity(place());
  ask::scan(place(), at_, std::clamp(request.count, kLeastKeys, kMostKeys), request);
  // Behind the page: if it was the last one, this says where the rest of the slot may be.
  ask::ownSlots(place());
}

SlotAtNode::Then SlotAtNode::take(std::span<const Slice> replies, Came came, ScanPage& page) {
  const auto runId = ask::runIdIn(replies[0]);
  const auto scanned = ask::scanned(replies[1]);
  const auto own = ask::ownSlotsIn(replies[2]);
  if (!runId || !scanned || !own) return Then::Senseless;
  if (came != Came::InOrder) return Then::Unsettled;
  const auto handover = own->handovers.find(start_.slot);
  const std::string target = handover == own->handovers.end() ? std::string() : handover->second;
  const uint32_t incarnation = incarnationOf(*runId);
  if (at_ != 0 && incarnation != incarnation_) return tryElsewhere(target);
  if (target_.empty() && !own->serves(start_.slot)) {
    startAgain();
    return Then::Unsettled;
  }
  ++pages_;
  incarnation_ = incarnation;
  for (const Slice key : scanned->keys) {
    if (hashSlot(key) != start_.slot) continue;
    page.visit(key);
    page.add(key);
  }
  at_ = scanned->cursor;
  if (at_ != 0) return Then::Further;
  if (!target_.empty() || target.empty()) return Then::Passed;
  target_ = target;
  triedTarget_ = true;
  return Then::Further;
}

// The cursor is not of the process that was asked; it may be of the one that takes the slot over.
SlotAtNode::Then SlotAtNode::tryElsewhere(const std::string& target) {
  if (!triedTarget_ && !target.empty()) {
    target_ = target;
    triedTarget_ = true;
  } else {
    startAgain();
  }
  return Then::Further;
}

void SlotAtNode::startAgain() {
  at_ = 0;
  target_.clear();
  triedTarget_ = false;
  start_.nodeCursor = 0;
}

bool SlotAtNode::mayStop(const ScanPage& page) const {
  const bool progress = ScanCursor::truncated(at_) != start_.nodeCursor || incarnation_ != start_.incarnation;
  return progress && ScanCursor::truncated(at_) != 0 && (page.full() || pages_ >= kMostPages);
}

ScanCursor SlotAtNode::cursor() const {
  ScanCursor cursor = start_;
  cursor.nodeCursor = ScanCursor::truncated(at_);
  cursor.incarnation = incarnation_;
  return cursor;
}

}  // namespace slotway
