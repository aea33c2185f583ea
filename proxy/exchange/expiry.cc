// What an Exchange does when its time is up, and when nobody waits any more for what it has under way.
#include <algorithm>

#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "resp/writer.h"

namespace slotway {

void Exchange::expire() {
  if (state_ != State::Running) return;
  if (isPatient()) {
    sinceUs_ = router_->nowUs();
    return;
  }
  if (legs_ == 0 && !waitsApart_) return fail(Failure::DeadlineUnsent);
  if (course_ != nullptr) {
    course_->giveUp(resp::errorFrame(textOf(Failure::DeadlineUnsent)).slice());
    if (stepDue_) return settleCourse();
  }
  ++pending_;
  for (size_t i = 0; i < legs_; ++i) {
    RoutedLeg& leg = this->leg(i);
    // Of one that has been divided its parts tell.
    if ((!leg.awaited() && !leg.part) || leg.divided || leg.state == LegState::Settled) continue;
    if (leg.bestEffort) {
      leg.failed = true;
      --pending_;
      continue;
    }
    if (leg.state == LegState::Sent) {
      // It stays in its link until the late reply has been consumed.
      router_->cells().fail(Failure::DeadlineUnknown);
      leg.reply = resp::errorFrame(textOf(Failure::DeadlineUnknown));
      leg.executed = writes();
      leg.failed = true;
      leg.part ? partIsOver(leg) : static_cast<void>(--pending_);
      continue;
    }
    if (leg.state == LegState::Queued) {
      leg.link->cancel(leg);
      holdNoMore(leg);
      --inLinks_;
      if (leg.borrowsLink()) router_->discard(*leg.link);
    }
    const bool wasParked = leg.parked;
    if (wasParked) queue_->unpark(leg);
    const bool refusedBefore = wasParked && leg.redirects + leg.waits > 0;
    failLeg(leg, leg.confirming ? Failure::DeadlineUnknown
                 : refusedBefore ? failureAfter(leg.lastRefusal)
                                 : Failure::DeadlineUnsent);
  }
  if (--pending_ == 0) gather();
}

// Its deadline counts from when its nodes should have answered.
bool Exchange::isPatient() {
  bool patient = blocks_ && legs_ > 0;
  eachLeg([&](const RoutedLeg& leg) {
    const bool awaited = !leg.bestEffort && leg.state != LegState::Settled;
    patient &= !awaited || (leg.state == LegState::Sent && leg.patientUntilUs > router_->nowUs());
  });
  return patient;
}

// Who asks a certain master does not wait for longer than that master would have taken, whether it can be reached or hangs.
uint64_t Exchange::blockedDueUs(uint64_t deadlineUs) {
  constexpr uint64_t kOnItsWayUs = 200 * 1000;
  uint64_t dueUs = sinceUs_ + deadlineUs;
  eachLeg([&](const RoutedLeg& leg) {
    if (leg.aim != RoutedLeg::Aim::ThisMaster || leg.patientUntilUs == UINT64_MAX) return;
    const bool unsent = leg.parked || leg.state == LegState::Queued;
    if (unsent) dueUs = std::min(dueUs, leg.patientUntilUs);
    if (leg.state == LegState::Sent) dueUs = std::min(dueUs, leg.patientUntilUs + kOnItsWayUs);
  });
  return dueUs;
}

// What is in links is given up with the exchange.
void Exchange::waitForNoOther() {
  eachLeg([this](RoutedLeg& leg) {
    if (leg.bestEffort || leg.state == LegState::Settled) return;
    if (leg.parked) queue_->unpark(leg);
    if (!leg.inLink()) leg.state = LegState::Settled;
    leg.bestEffort = true;
    --pending_;
  });
}

bool Exchange::mayEndStep(const std::function<bool(Slice)>& counts) {
  bool may = state_ == State::Running && pending_ > 0;
  eachLeg([&](const RoutedLeg& leg) {
    if (leg.reads) return;
    may &= leg.state != LegState::Sent && (leg.state != LegState::Settled || !counts(leg.reply.slice()));
  });
  return may;
}

void Exchange::endStep() {
  takeBack();
  waitForNoOther();
  pending_ = 0;
  gather();
}

void Exchange::takeBack() {
  eachLeg([this](RoutedLeg& leg) {
    if (leg.state != LegState::Queued) return;
    leg.link->cancel(leg);
    holdNoMore(leg);
    --inLinks_;
    leg.state = LegState::Settled;
    if (leg.borrowsLink()) router_->discard(*leg.link);
  });
}

void Exchange::lighten() {
  eachLeg([](RoutedLeg& leg) {
    if (leg.state == LegState::Sent && leg.link->hasLeft(leg)) leg.wire.clear();
    leg.reply.clear();
  });
  reply_.clear();
}

size_t Exchange::footprint() {
  size_t bytes = sizeof(Exchange) + legs_ * sizeof(RoutedLeg) + reply_.capacity();
  eachLeg([&](const RoutedLeg& leg) { bytes += leg.wire.capacity() + leg.reply.capacity(); });
  // Its course keeps the request, and what has been answered so far.
  return course_ == nullptr ? bytes : bytes + requestBytes + gathered_ + course_->footprint();
}

// What is on a private link is of use to nobody else. The exchange may be gone afterwards.
void Exchange::giveUpPrivate() {
  std::vector<Link*> links;
  eachLeg([&](const RoutedLeg& leg) {
    if (leg.borrowsLink() && leg.inLink()) links.push_back(leg.link);
  });
  for (Link* link : links) link->close("its client has left");
}

}  // namespace slotway
