#include "exchange/keyspace_scan.h"

#include <algorithm>

#include "exchange/exchange.h"
#include "exchange/router.h"

namespace slotway {

void KeyspaceScan::next(Exchange& exchange) {
  exchange_ = &exchange;
  questions_.all.clear();
  walk_.ask(questions_);
  if (!allKnown()) {
    walk_.nodeUnknown();
    questions_.all.clear();
    walk_.ask(questions_);
  }
  for (Question& question : questions_.all) {
    Bytes& wire = question.nodeId.empty() ? exchange.toSlot(question.slot) : exchange.toNode(question.nodeId);
    wire = std::move(question.wire);
  }
}

bool KeyspaceScan::allKnown() const {
  const SlotMap& map = exchange_->router().map();
  return std::ranges::all_of(questions_.all, [&](const Question& question) {
    return question.nodeId.empty() || map.findId(question.nodeId) != kNoNode;
  });
}

// They left in order over one link; a link answers in order. What has been sent again, or elsewhere, has another place.
Came KeyspaceScan::came() const {
  const RoutedLeg& first = exchange_->leg(0);
  for (size_t i = 0; i < exchange_->legCount(); ++i) {
    const RoutedLeg& leg = exchange_->leg(i);
    if (leg.link != first.link || leg.redirects + leg.waits > 0) return Came::Scattered;
  }
  return Came::InOrder;
}

bool KeyspaceScan::asksWhoHasLeft(std::span<const Slice> replies) const {
  for (size_t i = 0; i < replies.size(); ++i) {
    if (!questions_.all[i].nodeId.empty() && hasLeft(replies[i])) return true;
  }
  return false;
}

Course::Then KeyspaceScan::gather(std::span<const Slice> replies) {
  if (asksWhoHasLeft(replies)) {
    walk_.nodeUnknown();
  } else {
    walk_.take(replies, came());
  }
  return walk_.done() ? Then::Done : Then::Further;
}

bool KeyspaceScan::answer(Bytes& out) {
  walk_.answer(out);
  return false;
}

}  // namespace slotway
