#include "exchange/exchange.h"

#include <algorithm>

#include "base/check.h"
#include "command/split.h"
#include "exchange/blocking_call.h"
#include "exchange/courses.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "exchange/split_parts.h"
#include "metrics/error_class.h"
#include "resp/writer.h"

namespace slotway {
Exchange::~Exchange() { CHECK_THAT(inLinks_ == 0); }

void Exchange::join(Router& router, OrderQueue& queue, ExchangeOwner& owner, const Command* command, uint64_t sequence) {
  router_ = &router;
  queue_ = &queue;
  owner_ = &owner;
  command_ = command;
  sequence_ = sequence;
  startedUs_ = sinceUs_ = router.nowUs();
}

void Exchange::reset() {
  CHECK_THAT(inLinks_ == 0 && !hook.linked() && owner_ == nullptr);
  releaseLegs();
  if (!pieceOfKey_.empty() || course_ != nullptr || script_ != nullptr) resetParts();
  reply_.recycle();
  upstreamUs_ = gathered_ = 0;
  pending_ = 0;
  merge_ = Merge::First;
  state_ = State::Running;
  stepDue_ = blocks_ = waitsApart_ = false;
  silent = last = false;
  requestBytes = 0;
  recount = Recount::None;
  renames = false;
}

// Of what most requests have nothing.
void Exchange::resetParts() {
  pieceOfKey_.clear();
  course_.reset();
  script_.reset();
}

// --- on the way up ---

RoutedLeg& Exchange::addLeg(HashSlot slot, RoutedLeg::Aim aim) {
  if (legs_ > 0) moreLegs_.push_back(router_->takeLeg());
  RoutedLeg& leg = this->leg(legs_++);
  leg.owner = this;
  leg.mayStream = true;
  leg.slot = slot;
  leg.aim = aim;
  return leg;
}

void Exchange::releaseLegs() {
  if (legs_ > 0) firstLeg_.reset();
  if (legs_ > 1) releaseMoreLegs();
  legs_ = 0;
}

void Exchange::releaseMoreLegs() {
  for (auto& leg : moreLegs_) router_->giveLeg(std::move(leg));
  moreLegs_.clear();
}

void Exchange::beginOne(const Request& request, HashSlot slot, RoutedLeg::Aim aim) {
  RoutedLeg& leg = addLeg(slot, aim);
  if (request.storage != nullptr) {
    leg.wire = std::move(*request.storage);
  } else {
    leg.wire.append(request.wire);
  }
  pending_ = 1;
  queue_->aim(*this, leg);
}

Bytes& Exchange::toNode(const std::string& nodeId) {
  RoutedLeg& leg = addLeg(kNoSlot, RoutedLeg::Aim::Node);
  leg.detour().nodeId = nodeId;
  return leg.wire;
}

void Exchange::addNodes(const Request& request, Plan::Target target) {
  const auto add = [&](const Node& node) -> RoutedLeg& {
    toNode(node.id).append(request.wire);
    leg(legs_ - 1).ownLink = command_->ownLink;
    return leg(legs_ - 1);
  };
  const SlotMap& map = router_->map();
  for (const NodeIndex master : router_->masters()) add(map.node(master));
  if (target != Plan::Target::AllNodes) return;
  router_->eachOther([&](NodeIndex node) { add(map.node(node)).bestEffort = true; });
}

void Exchange::begin(const Request& request, const Plan& plan) {
  merge_ = plan.merge;
  if (command_ != nullptr && command_->script != ScriptRole::None) noteScript(request);
  if (plan.target == Plan::Target::Slot) return beginOne(request, plan.slot, RoutedLeg::Aim::Slot);
  beginOtherwise(request, plan);
}

void Exchange::beginOtherwise(const Request& request, const Plan& plan) {
  switch (plan.target) {
    case Plan::Target::Slot: return beginOne(request, plan.slot, RoutedLeg::Aim::Slot);
    case Plan::Target::AnyMaster: return beginOne(request, kNoSlot, RoutedLeg::Aim::AnyMaster);
    case Plan::Target::FixedMaster: return beginOne(request, kNoSlot, RoutedLeg::Aim::FixedMaster);
    case Plan::Target::Speaker: return beginOne(request, kNoSlot, RoutedLeg::Aim::Speaker);
    case Plan::Target::Split:
      if (hasNextPart(plan)) return begin(std::make_unique<SplitParts>(request, *command_, plan));
      addPieces(request, plan);
      return sendLegs();
    case Plan::Target::Private:
      blocks_ = true;
      return begin(std::make_unique<BlockingCall>(request, *command_, plan.slot), First::WhenAlone);
    case Plan::Target::BlockingSteps:
      blocks_ = true;
      return begin(makeCourse(request, *command_), First::WhenAlone);
    case Plan::Target::Masters:
    case Plan::Target::AllNodes:
      addNodes(request, plan.target);
      if (legs_ == 0) return fail(Failure::TopologyUnknown);
      if (const uint64_t ticket = wishBefore(request)) return sendWhenGranted(ticket);
      return sendLegs();
    case Plan::Target::Steps: return begin(makeCourse(request, *command_));
    case Plan::Target::Refused:
      return failWith(Slice(plan.error).starts_with("CROSSSLOT") ? Failure::CrossSlot : Failure::Refused, plan.error);
  }
}

void Exchange::addPieces(const Request& request, const Plan& plan) {
  for (const Plan::Piece& piece : plan.pieces) writePiece(request, *command_, plan, piece, toSlot(piece.slot));
  pieceOfKey_.assign(plan.pieceOfKey.begin(), plan.pieceOfKey.end());
}

void Exchange::sendLegs() {
  if (legs_ > 1) router_->cells().observe(Histogram::FanOutWidth, legs_);
  // One more than there are, so that a leg that fails at once does not settle the exchange under this loop.
  pending_ = 1;
  eachLeg([this](const RoutedLeg& leg) { pending_ += leg.awaited() ? 1 : 0; });
  eachLeg([this](RoutedLeg& leg) {
    if (leg.state == LegState::Idle) queue_->aim(*this, leg);
  });
  if (--pending_ == 0) gather();
}

void Exchange::beginWhole(Bytes&& wire, HashSlot slot, uint32_t preludes) {
  RoutedLeg& leg = addLeg(slot, slot == kNoSlot ? RoutedLeg::Aim::FixedMaster : RoutedLeg::Aim::Slot);
  leg.wire = std::move(wire);
  leg.preludes = preludes;
  pending_ = 1;
  queue_->aim(*this, leg);
}

void Exchange::begin(std::unique_ptr<Course> course, First first) {
  course_ = std::move(course);
  queue_->holdBehind(*this);
  if (first == First::AtOnce || queue_->head() == this) return sendStep();
  stepDue_ = true;
}

void Exchange::sendStep() {
  stepDue_ = false;
  releaseLegs();
  sinceUs_ = router_->nowUs();
  course_->next(*this);
  sendLegs();
}

void Exchange::use(LinkPool& links) { queue_->use(links); }

resp::Version Exchange::version() const { return queue_->links().version(); }

bool Exchange::send(RoutedLeg& leg, Link* link) {
  if (link == nullptr || link->state() != Link::State::Ready) {
    if (!waitsFor(leg, link)) return false;
    if (leg.parked) return true;
  }
  ++inLinks_;
  if (command_ != nullptr && command_->has(CommandFlag::MayWrite) && !leg.reads) queue_->written().note(link->mark());
  link->submit(leg);
  return true;
}

// --- on the way down ---

void Exchange::legSettled(Leg& settled, Outcome outcome, Slice reply) {
  auto& leg = static_cast<RoutedLeg&>(settled);
  --inLinks_;
  const bool awaited = owner_ != nullptr && state_ != State::Settled;
  const bool rare = !awaited || leg.onPrivateLink() || leg.heldBytes != 0;
  if (outcome != Outcome::Replied || rare) return settledOtherwise(leg, outcome, reply);
  noteWait(leg);
  replied(leg, reply);
}

void Exchange::noteWait(RoutedLeg& leg) {
  const uint64_t waitedUs = router_->nowUs() - leg.sentUs;
  router_->cells().observe(Histogram::UpstreamTime, waitedUs);
  upstreamUs_ = std::max(upstreamUs_, waitedUs);
  leg.everSent = true;
}

void Exchange::replied(RoutedLeg& leg, Slice reply) {
  if (reply.starts_with('-')) return repliedError(leg, reply);
  if (router_->outages().anyRefuses() && leg.slot != kNoSlot) router_->outages().served(leg.link->endpoint());
  accept(leg, reply);
}

// A loss, the end of a large reply, a reply that nobody waits for any more or that was long in coming, one from a link that
// the client has for itself.
void Exchange::settledOtherwise(RoutedLeg& leg, Outcome outcome, Slice reply) {
  holdNoMore(leg);
  leg.everSent |= wasWritten(outcome);
  if (leg.borrowsLink()) endLoan(leg, outcome, reply);
  if (outcome == Outcome::Replied || outcome == Outcome::Streamed) noteWait(leg);
  if (owner_ == nullptr) {
    leg.state = LegState::Settled;
    if (inLinks_ == 0) router_->dropOrphan(*this);
    return;
  }
  if (state_ == State::Settled || (leg.bestEffort && outcome != Outcome::Replied)) return letGo(leg);
  if (outcome == Outcome::Streamed) return accept(leg, passes() ? Slice() : leg.reply.slice());
  if (leg.aim == RoutedLeg::Aim::Pinned) return pinnedSettled(leg, outcome, reply);
  switch (outcome) {
    case Outcome::Replied: return replied(leg, reply);
    case Outcome::Denied: return failLeg(leg, Failure::UpstreamAuth);
    case Outcome::NoResp3: return failLeg(leg, Failure::NoResp3);
    case Outcome::Unsent: return notSent(leg);
    case Outcome::Lost: return lost(leg);
    case Outcome::Streamed: break;
    case Outcome::Torn:
      if (!passes()) return tornUnseen(leg);
      leg.state = LegState::Settled;
      state_ = State::Settled;
      return owner_->exchangeTorn(*this, Failure::LinkLost);
  }
}

// What it would have said is not missed.
void Exchange::letGo(RoutedLeg& leg) {
  OrderQueue* const queue = queue_;
  leg.state = LegState::Settled;
  leg.failed = true;
  leg.reply.clear();
  if (state_ != State::Settled && leg.awaited() && --pending_ == 0) gather();
  queue->wakeSoon();
}

void Exchange::accept(RoutedLeg& leg, Slice reply) {
  OrderQueue* const queue = queue_;
  leg.state = LegState::Settled;
  leg.executed = !reply.starts_with('-');
  if (!leg.executed) router_->cells().add(Counter::ErrorReplies, classOfError(reply), 1);
  if (leg.awaited()) {
    --pending_;
    if (legs_ == 1 && course_ == nullptr) {
      settle(reply);
    } else {
      if (reply.data() != leg.reply.data()) {
        if (gathersTooMuch(reply.size())) return queue->wakeSoon();
        leg.reply.truncate(0);
        leg.reply.append(reply);
      }
      if (course_ != nullptr && pending_ > 0 && course_->suffices(leg)) waitForNoOther();
      if (pending_ == 0) gather();
    }
  } else if (leg.part) {
    partAnswered(leg, reply);
  }
  queue->wakeSoon();
}

void Exchange::failLeg(RoutedLeg& leg, Failure failure) {
  OrderQueue* const queue = queue_;
  router_->cells().fail(failure);
  holdNoMore(leg);
  leg.state = LegState::Settled;
  leg.failed = true;
  leg.reply = resp::errorFrame(textOf(failure));
  if (leg.awaited()) {
    --pending_;
    if (course_ != nullptr && pending_ > 0 && course_->suffices(leg)) waitForNoOther();
    if (pending_ == 0) gather();
  } else if (leg.part) {
    partIsOver(leg);
  }
  queue->wakeSoon();
}

Written& Exchange::written() const { return queue_->written(); }

void Exchange::gather() {
  if (legs_ == 1 && course_ == nullptr) {
    const Bytes reply = std::move(firstLeg_.reply);
    return settle(reply.slice());
  }
  thread_local std::vector<Slice> replies;
  replies.clear();
  eachLeg([&](const RoutedLeg& leg) {
    if (leg.hasSay()) replies.push_back(leg.reply.slice());
  });
  if (course_ != nullptr) {
    const Course::Then then = course_->gather(replies);
    if (then == Course::Then::Done) return settleCourse();
    if (then == Course::Then::Further) return goOn();
    waitsApart_ = true;
    if (blocks_) gathered_ = 0;  // there was nothing in it
    return;
  }
  const auto errors = std::ranges::count_if(replies, [](Slice reply) { return reply.starts_with('-'); });
  merge(merge_, *command_, replies, pieceOfKey_, reply_);
  // Where one success is enough, errors beside it are no failure.
  const bool partial = errors > 0 && static_cast<size_t>(errors) < replies.size() && reply_.slice().starts_with('-');
  if (partial) router_->cells().fail(Failure::PartialFailure);
  settle(reply_.slice());
}

void Exchange::goOn() {
  stepDue_ = true;
  queue_->goOnSoon();
}

void Exchange::settleCourse() {
  stepDue_ = false;
  queue_->holdNoMore(*this);
  if (course_->answer(reply_)) router_->cells().fail(Failure::PartialFailure);
  settle(reply_.slice());
}

void Exchange::settle(Slice reply) {
  if (script_ != nullptr && inLinks_ == 0) return settleScript(reply);
  state_ = State::Settled;
  if (command_ != nullptr) {
    const uint64_t tookUs = router_->nowUs() - startedUs_;
    router_->cells().request(command_->index, tookUs);
    // Who has waited for an element has not been worked for meanwhile.
    if (!blocks_ || !waitsApart_) router_->cells().observe(Histogram::OwnTime, tookUs - std::min(tookUs, upstreamUs_));
    if (tookUs >= router_->slowUs()) owner_->exchangeSlow(*this, tookUs, upstreamUs_);
  }
  owner_->exchangeSettled(*this, reply);
}

void Exchange::answer(Slice reply) { settle(reply); }

void Exchange::fail(Failure failure) { failWith(failure, textOf(failure)); }

void Exchange::failWith(Failure failure, Slice text) {
  router_->cells().fail(failure);
  settle(resp::errorFrame(text).slice());
}

bool Exchange::nodesHaveAnswered() {
  bool answered = state_ == State::Streaming || waitsApart_ || (course_ != nullptr && legs_ > 0);
  eachLeg([&](const RoutedLeg& leg) { answered |= leg.executed; });
  return answered;
}

void Exchange::detach() {
  if (course_ != nullptr) course_->left();
  owner_ = nullptr;
  queue_ = nullptr;
}

}  // namespace slotway
