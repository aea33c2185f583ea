#include "exchange/order_queue.h"

#include <algorithm>
#include <vector>

#include "base/check.h"
#include "command/keys.h"
#include "exchange/router.h"
#include "resp/request_parser.h"

namespace slotway {
namespace {

// Reads the keys of a leg's requests (a transaction has several) back out of its wire. Rare: only when an order may have
// been broken. False when they cannot be read.
template <class Visit>
bool eachKey(RoutedLeg& leg, const CommandTable& table, Visit visit) {
  RequestParser parser;
  std::vector<Slice> args;
  std::vector<uint32_t> positions;
  for (size_t at = 0; at < leg.wire.size(); at += parser.consumed()) {
    args.clear();
    positions.clear();
    const auto status = parser.parse(leg.wire.data() + at, leg.wire.size() - at, args, {});
    const Command* const command = status == RequestParser::Status::Complete ? table.find(args) : nullptr;
    if (command == nullptr || !findKeys(*command, args, positions)) return false;
    for (const uint32_t position : positions) visit(args[position]);
  }
  return true;
}

}  // namespace

OrderQueue::~OrderQueue() {
  while (!empty()) pop();
  CHECK_THAT(parked_ == 0);
  // The Router lets go of a queue without parked legs when it next looks; it must not find a dead one.
  if (watchHook.linked()) router_.unwatch(*this);
}

Exchange& OrderQueue::join(const Command* command) {
  Exchange* exchange = router_.takeExchange().release();
  exchange->join(router_, *this, owner_, command, router_.nextSequence());
  exchanges_.pushBack(*exchange);
  return *exchange;
}

void OrderQueue::pop() {
  std::unique_ptr<Exchange> exchange(exchanges_.popFront());
  exchange->eachLeg([this](RoutedLeg& leg) {
    if (leg.parked) unpark(leg);
  });
  // What has not left would pop something for nobody.
  if (exchange->blocks()) exchange->takeBack();
  exchange->detach();
  holdNoMore(*exchange);
  if (exchange->outstanding()) {
    Exchange& orphan = *exchange;
    orphan.lighten();
    router_.keepOrphan(std::move(exchange));
    orphan.giveUpPrivate();
  } else {
    router_.giveExchange(std::move(exchange));
  }
  if (!empty() && head()->stepDue()) goOnSoon();
}

uint64_t OrderQueue::lastAnswered() const {
  for (Exchange* exchange = exchanges_.back(); exchange != nullptr; exchange = exchanges_.previous(*exchange)) {
    if (exchange->nodesHaveAnswered()) return exchange->sequence();
  }
  return 0;
}

size_t OrderQueue::footprint() const {
  size_t bytes = 0;
  for (Exchange* exchange = head(); exchange != nullptr; exchange = exchanges_.next(*exchange)) bytes += exchange->footprint();
  return bytes;
}

void OrderQueue::takeBack() {
  for (Exchange* exchange = head(); exchange != nullptr; exchange = exchanges_.next(*exchange)) exchange->takeBack();
}

Exchange* OrderQueue::find(uint64_t sequence) {
  Exchange* exchange = head();
  while (exchange != nullptr && exchange->sequence() < sequence) exchange = exchanges_.next(*exchange);
  return exchange != nullptr && exchange->sequence() == sequence ? exchange : nullptr;
}

void OrderQueue::expire(uint64_t nowUs, uint64_t deadlineUs) {
  for (Exchange* exchange = head(); exchange != nullptr;) {
    if (nowUs < exchange->dueUs(deadlineUs)) return;
    // Expiring the head may flush it, and with it whatever is settled behind it; others stay where they are.
    const bool wasHead = exchange == head();
    exchange->expire();
    exchange = wasHead && exchange != head() ? head() : exchanges_.next(*exchange);
  }
}

void OrderQueue::aim(Exchange& exchange, RoutedLeg& leg) {
  Link* const target = router_.link(leg, *this);
  if (target != nullptr && ordered(leg) && !clear(exchange, leg, *target)) return parkBehind(exchange, leg);
  exchange.send(leg, target);
}

// Whether nothing that came earlier on this slot is still on its way to somewhere else.
bool OrderQueue::clear(const Exchange& exchange, const RoutedLeg& leg, const Link& target) {
  if (aimedVersion_ != router_.version()) {
    aimedVersion_ = router_.version();
    barrier_ = strict() ? UINT64_MAX : exchange.sequence() - 1;
  }
  const bool steady = parked_ == 0 && exchanges_.front()->sequence() > barrier_ && !router_.isTorn(leg.slot);
  return steady || clearOfEarlier(exchange, leg, target);
}

bool OrderQueue::clearOfEarlier(const Exchange& exchange, const RoutedLeg& leg, const Link& target) {
  const bool torn = router_.isTorn(leg.slot);
  for (Exchange* earlier = exchanges_.front(); earlier != &exchange; earlier = exchanges_.next(*earlier)) {
    bool inTheWay = false;
    earlier->eachLeg([&](const RoutedLeg& other) {
      if (!ordered(other) || laneOf(other) != laneOf(leg)) return;
      inTheWay |= other.parked || (other.inLink() && (torn || other.link != &target));
    });
    if (inTheWay) return false;
  }
  return true;
}

void OrderQueue::parkBehind(Exchange& exchange, RoutedLeg& leg) {
  if (exchange.waitsBehind(leg)) park(leg);
}

void OrderQueue::park(RoutedLeg& leg) {
  CHECK_THAT(!leg.parked && leg.state == LegState::Idle);
  leg.parked = true;
  ++parked_;
  router_.outages().take(leg);
  router_.watch(*this);
}

void OrderQueue::unpark(RoutedLeg& leg) {
  leg.parked = false;
  --parked_;
  router_.outages().give(leg);
}

bool OrderQueue::due(const RoutedLeg& leg) {
  const Detour* const detour = leg.knownDetour();
  return detour == nullptr || (detour->wakeUs <= router_.nowUs() && router_.refreshDone(detour->waitRefresh) &&
                               router_.scripts().granted(detour->waitScripts));
}

bool OrderQueue::laterWriteSent(const Exchange& exchange, const RoutedLeg& leg) {
  return anyLater(exchange, leg, [](Exchange& later, RoutedLeg& other) {
    return later.writes() && (other.everSent || other.state == LegState::Sent);
  });
}

// A later command on the same key has run while this one waited: running this one now would turn their order round.
bool OrderQueue::overtaken(Exchange& exchange, RoutedLeg& leg, Lane& lane) {
  if (lane.lastExecuted <= exchange.sequence()) return false;
  if (strict()) return exchange.writes() || lane.lastWritten > exchange.sequence();
  if (!lane.keysRead) readExecuted(leg.slot, lane);
  bool found = false;
  const bool read = eachKey(leg, router_.table(), [&](Slice key) {
    const auto on = lane.keys.find(std::string(key));
    if (on == lane.keys.end()) return;
    found |= (exchange.writes() ? on->second.any : on->second.write) > exchange.sequence();
  });
  return found || !read;
}

void OrderQueue::readExecuted(HashSlot slot, Lane& lane) {
  lane.keysRead = true;
  for (Exchange* exchange = head(); exchange != nullptr; exchange = exchanges_.next(*exchange)) {
    exchange->eachLeg([&](RoutedLeg& leg) {
      if (leg.slot != slot || !leg.executed) return;
      eachKey(leg, router_.table(), [&](Slice key) {
        ExecutedOn& on = lane.keys[std::string(key)];
        on.any = exchange->sequence();
        if (exchange->writes()) on.write = exchange->sequence();
      });
    });
  }
}

void OrderQueue::goOnSoon() {
  wakeDue_ = true;
  router_.watch(*this);
}

void OrderQueue::wakeSoon() {
  if (parked_ > 0) wakeDue_ = true;
}

// Two passes over the queue: what is on its way on each slot, then what may go now. Legs of one slot that are on their
// way are all in one link; that is what aim() and this function keep true.
void OrderQueue::wake() {
  wakeDue_ = false;
  if (!empty() && head()->stepDue()) head()->sendStep();
  if (!parked()) return;
  std::unordered_map<HashSlot, Lane> lanes;
  for (Exchange* exchange = head(); exchange != nullptr; exchange = exchanges_.next(*exchange)) {
    exchange->eachLeg([&](const RoutedLeg& leg) {
      if (ordered(leg)) noteLeg(*exchange, leg, lanes[laneOf(leg)]);
    });
  }
  for (Exchange* exchange = head(); exchange != nullptr;) {
    const bool wasHead = exchange == head();
    // Legs may leave the parked state, and the exchange may settle, while this goes through them.
    const size_t legs = exchange->legCount();
    bool answered = false;
    for (size_t i = 0; i < legs && !answered; ++i) {
      RoutedLeg& leg = exchange->leg(i);
      if (leg.parked) answered = !wakeLeg(*exchange, leg, lanes[laneOf(leg)]);
    }
    // An answer may have flushed this exchange and settled ones behind it, but only from the head on.
    exchange = answered && wasHead ? head() : answered ? exchange : exchanges_.next(*exchange);
  }
}

void OrderQueue::noteLeg(Exchange& exchange, const RoutedLeg& leg, Lane& lane) {
  if (leg.inLink()) {
    noteOnItsWay(exchange, leg.link, lane);
  } else if (leg.executed) {
    lane.lastExecuted = exchange.sequence();
    if (exchange.writes()) lane.lastWritten = exchange.sequence();
  }
}

void OrderQueue::noteOnItsWay(const Exchange& exchange, Link* link, Lane& lane) {
  if (lane.firstOnItsWay == 0) lane.firstOnItsWay = exchange.sequence();
  lane.lastOnItsWay = exchange.sequence();
  lane.spread |= lane.link != nullptr && lane.link != link;
  lane.link = link;
}

// False when the leg got an answer instead of going on its way.
bool OrderQueue::wakeLeg(Exchange& exchange, RoutedLeg& leg, Lane& lane) {
  const bool ordered = this->ordered(leg);
  if (ordered && lane.blocked) return true;
  if (!due(leg) || (ordered && lane.lastOnItsWay > exchange.sequence())) {
    lane.blocked = true;
    return true;
  }
  if (leg.confirming && !exchange.confirm(leg)) return false;
  if (leg.mending && !exchange.mend(leg)) return false;
  if (ordered && overtaken(exchange, leg, lane)) {
    exchange.giveUpOvertaken(leg);
    return false;
  }
  Link* const target = router_.link(leg, *this);
  const bool apart = lane.link != nullptr && (lane.link != target || lane.spread || router_.isTorn(leg.slot));
  lane.blocked = ordered && target != nullptr && apart && lane.firstOnItsWay < exchange.sequence();
  if (lane.blocked) return true;
  unpark(leg);
  // The map does not know of it: commands behind it would go elsewhere.
  if (leg.asking) barrier_ = std::max(barrier_, exchange.sequence());
  if (!exchange.send(leg, target)) return false;
  lane.blocked = ordered && leg.parked;
  if (ordered && leg.inLink()) noteOnItsWay(exchange, target, lane);
  return true;
}

}  // namespace slotway
