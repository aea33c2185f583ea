// What an Exchange does with a reply that is too large to wait for its end: it passes while it arrives, or is gathered up to a
// limit where it is a part of the answer.
#include "exchange/exchange.h"
#include "exchange/router.h"

namespace slotway {

void Exchange::legBytes(Leg& leg, Slice bytes) {
  if (owner_ == nullptr || state_ == State::Settled) return;
  if (!passes()) return gatherBytes(static_cast<RoutedLeg&>(leg), bytes);
  state_ = State::Streaming;
  owner_->exchangeBytes(*this, bytes);
}

// A part of the answer: it grows here, and not without end.
void Exchange::gatherBytes(RoutedLeg& leg, Slice bytes) {
  if (leg.bestEffort) return;
  if (leg.reply.slice().starts_with('-')) leg.reply.clear();  // something else that was said before
  leg.reply.append(bytes);
  gathersTooMuch(bytes.size());
}

// The exchange may be gone when it does.
bool Exchange::gathersTooMuch(size_t bytes) {
  gathered_ += bytes;
  const Settings::Limits& limits = router_->settings().limits;
  std::optional<Failure> tooMuch = course_ == nullptr ? std::nullopt : course_->tooMuch(gathered_, limits);
  if (!tooMuch && gathered_ > limits.clientOutputBytes) tooMuch = Failure::GatherLimit;
  if (!tooMuch) return false;
  eachLeg([](RoutedLeg& other) { other.reply.clear(); });
  fail(*tooMuch);
  return true;
}

void Exchange::legStuck(Leg&) {
  if (owner_ != nullptr) owner_->exchangeTorn(*this, Failure::OutputLimit);
}

void Exchange::pause() {
  if (firstLeg_.state == LegState::Sent) router_->pause(*firstLeg_.link);
}

bool Exchange::holdsUpOthers() const { return firstLeg_.state == LegState::Sent && !firstLeg_.link->alone(firstLeg_); }

void Exchange::resume() {
  if (firstLeg_.state == LegState::Sent) firstLeg_.link->resume();
}

// Its answer had begun to come; nobody has seen any of it.
void Exchange::tornUnseen(RoutedLeg& leg) {
  gathered_ -= leg.reply.size();
  leg.reply.clear();
  lost(leg);
}

}  // namespace slotway
