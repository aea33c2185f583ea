// What an Exchange does with a leg that nobody serves for the moment: it waits while there is hope, and room (Outages).
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"

namespace slotway {
namespace {

// Where a slot has no owner this is how often somebody looks whether the hold has passed.
constexpr uint64_t kUncoveredWaitUs = 100 * 1000;

}  // namespace

// False: it has been answered.
bool Exchange::waitsWhileRefused(RoutedLeg& leg, const Endpoint& by) {
  Outages& outages = router_->outages();
  outages.refused(by, router_->nowUs());
  const bool over = outages.over(by, router_->nowUs());
  if (!over && !outages.full(leg)) return true;
  const bool down = leg.lastRefusal == RedirectKind::ClusterDown;
  failLeg(leg, !over ? Failure::HeldLimit : down ? Failure::ClusterDown : Failure::ShardLost);
  return false;
}

// Nobody serves it, or the connection to its node does not stand. False: it has been answered. What nobody serves is parked.
bool Exchange::waitsFor(RoutedLeg& leg, Link* link) {
  using Aim = RoutedLeg::Aim;
  if (leg.aim == Aim::Pinned) return true;
  if (link == nullptr && router_->lacksConnections(leg, *queue_)) {
    failLeg(leg, Failure::NodeConnections);
    return false;
  }
  if (link == nullptr && missesNothing(leg)) {
    letGo(leg);
    return false;
  }
  Outages& outages = router_->outages();
  const uint64_t nowUs = router_->nowUs();
  const bool mayCome = leg.slot != kNoSlot && (leg.aim == Aim::Slot || leg.aim == Aim::Private);
  // Nobody else may notice that the slot has an owner again, and after the hold, too, it may.
  if (link == nullptr && mayCome) router_->requestRefresh(RefreshCause::ClusterDown);
  const bool over = link == nullptr ? !mayCome || outages.over(leg.slot, nowUs) : outages.over(link->endpoint(), nowUs);
  // A first connection is on its way.
  const bool comesSoon = link != nullptr && !outages.isLost(link->endpoint());
  if (over || (!comesSoon && outages.full(leg))) {
    if (link != nullptr && leg.borrowsLink()) router_->discard(*link);
    if (link != nullptr && leg.ownLink) link->drain();
    failLeg(leg, !over ? Failure::HeldLimit : link == nullptr ? Failure::SlotUncovered : Failure::ShardLost);
    return false;
  }
  if (link != nullptr) {
    outages.take(leg);
    return true;
  }
  leg.detour().wakeUs = nowUs + kUncoveredWaitUs;
  queue_->park(leg);
  return true;
}

// A node that has left the cluster had nothing any more that others have not, and those answer.
bool Exchange::missesNothing(const RoutedLeg& leg) {
  if (leg.aim != RoutedLeg::Aim::Node || (course_ != nullptr && !course_->doesWithout())) return false;
  bool others = false;
  eachLeg([&](const RoutedLeg& other) { others |= &other != &leg && other.hasSay(); });
  return others;
}

// Something earlier on its slot is on its way elsewhere, which takes a moment; or it waits, too.
bool Exchange::waitsBehind(RoutedLeg& leg) {
  const Outages& outages = router_->outages();
  if (!outages.any() || !outages.full(leg)) return true;
  failLeg(leg, Failure::HeldLimit);
  return false;
}

void Exchange::holdNoMore(RoutedLeg& leg) {
  if (leg.heldBytes != 0) router_->outages().give(leg);
}

}  // namespace slotway
