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
  if (state_.watching == nullptr && answer_.slice() == "+OK\r\n") {
    state_.watching = std::make_unique<PrivateLink>(exchange_->router(), *exchange_->leg(0).link, slot_);
  }
  return Then::Done;
}

bool WatchCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
