#include "client/watch_call.h"

#include "exchange/exchange.h"

namespace slotway {

void WatchCall::next(Exchange& exchange) {
  exchange_ = &exchange;
  const bool more = state_.watching != nullptr;
  // The connection that kept what was watched has ended: EXEC will find that out, whatever else is watched.
  if (more && !state_.watching->stands()) return;
  RoutedLeg& leg = exchange.addLeg(slot_, more ? RoutedLeg::Aim::Pinned : RoutedLeg::Aim::Private);
  leg.wire.append(request_.request().wire);
  leg.keepsLink = true;
  if (more) leg.link = &state_.watching->link();
}

Course::Then WatchCall::gather(std::span<const Slice> replies) {
  if (replies.empty()) {
    answer_ = Bytes("+OK\r\n");
    return Then::Done;
  }
  answer_ = Bytes(replies.front());
  const bool done = answer_.slice() == "+OK\r\n";
  if (state_.watching == nullptr && done) {
    state_.watching = std::make_unique<PrivateLink>(exchange_->router(), *exchange_->leg(0).link, slot_);
  } else if (state_.watching != nullptr && !done && !refusedByNode()) {
    // Its slot has moved, or its connection has ended: that is EXEC's to say.
    state_.watching->lose();
    answer_ = Bytes("+OK\r\n");
  }
  return Then::Done;
}

bool WatchCall::refusedByNode() const { return answer_.slice().starts_with('-') && state_.watching->stands(); }

bool WatchCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
