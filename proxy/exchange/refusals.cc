// What an Exchange does with a leg that did not run, or of which nobody knows whether it did.
#include "exchange/caching.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "metrics/error_class.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// Redirects are followed at once this often; then the nodes disagree, and each further one waits.
constexpr unsigned kPromptRedirects = 2;

constexpr Slice kAborted = "-EXECABORT";

// EXEC's answer to a transaction that a node has refused for the reason `why`, an error frame.
Bytes abortedFor(Slice why) {
  return resp::errorFrame(std::string("EXECABORT Transaction discarded because of: ").append(why.substr(1, why.size() - 3)));
}

bool saysWhere(RedirectKind kind) { return kind == RedirectKind::Moved || kind == RedirectKind::Ask; }

// A node that says so serves nobody for a while.
bool isOutage(RedirectKind kind) {
  return kind == RedirectKind::ClusterDown || kind == RedirectKind::Loading || kind == RedirectKind::MasterDown;
}

void countUp(uint8_t& count) {
  if (count < UINT8_MAX) ++count;
}

uint64_t delayMs(const RoutedLeg& leg) {
  if (!saysWhere(leg.lastRefusal)) return backoffMs(leg.waits - 1u);
  return leg.redirects <= kPromptRedirects ? 0 : backoffMs(leg.redirects - kPromptRedirects - 1);
}

}  // namespace

// The error that made a node refuse a transaction came before EXEC's.
void Exchange::legPrelude(Leg& told, Slice reply) {
  if (owner_ != nullptr && course_ != nullptr) course_->prelude(reply);
  if (!reply.starts_with('-')) return;
  auto& leg = static_cast<RoutedLeg&>(told);
  if (leg.reply.empty()) leg.reply = Bytes(reply);
  leg.unheard = leg.aim == RoutedLeg::Aim::ThisMaster;
}

// A private link whose command has come to its end can be used by others; one that it was lost on cannot.
void Exchange::endLoan(RoutedLeg& leg, Outcome outcome, Slice reply) {
  const bool answered = outcome == Outcome::Replied || outcome == Outcome::Streamed;
  if (answered && leg.keepsLink && !reply.starts_with('-')) return;
  answered && !leg.linkEnds ? router_->giveBack(*leg.link) : router_->discard(*leg.link);
}

// A client's own link stands for what it watches, which is there and nowhere else: refused, or not sent, is as good as
// touched, and the client tries again.
void Exchange::pinnedSettled(RoutedLeg& leg, Outcome outcome, Slice reply) {
  Bytes nil;
  resp::nullArray(nil, queue_->links().version());
  if (!wasWritten(outcome)) return accept(leg, nil.slice());
  if (outcome != Outcome::Replied) return failLeg(leg, Failure::LinkLost);
  const Bytes why = reasonOf(leg, reply);
  if (parseRedirect(why.slice())) return accept(leg, nil.slice());
  reply.starts_with(kAborted) && !why.empty() ? accept(leg, abortedFor(why.slice()).slice()) : accept(leg, reply);
}

// Why a request was refused: of a transaction, what one of its commands was told when it was queued.
Bytes Exchange::reasonOf(RoutedLeg& leg, Slice reply) {
  Bytes prelude = std::move(leg.reply);
  leg.reply.clear();
  return reply.starts_with(kAborted) && !prelude.empty() ? std::move(prelude) : Bytes(reply);
}

void Exchange::repliedError(RoutedLeg& leg, Slice reply) {
  if (leg.aim == RoutedLeg::Aim::ThisMaster) return accept(leg, reply);
  if (command_ != nullptr && command_->script != ScriptRole::None && mendLater(leg, reply)) return;
  if (leg.preludes == 0) return judged(leg, reply, reply);
  const Bytes why = reasonOf(leg, reply);
  const bool aborted = reply.starts_with(kAborted) && !why.slice().starts_with(kAborted);
  judged(leg, why.slice(), aborted ? abortedFor(why.slice()).slice() : reply);
}

// `answer` is what the client reads if the cluster has not refused the request.
void Exchange::judged(RoutedLeg& leg, Slice reply, Slice answer) {
  const bool mayRunScript = command_ != nullptr && command_->has(CommandFlag::MayRunScript);
  const Verdict verdict = judge(reply, leg.slot, mayRunScript, [&](const Endpoint& endpoint) {
    return router_->nodeAt(endpoint, leg.link->endpoint()) != kNoNode;
  });
  if (verdict.action == Verdict::Action::Accept || leg.bestEffort) return accept(leg, answer);
  if (verdict.action == Verdict::Action::ConfirmFirst && mayRunScript) {
    leg.confirming = true;
    leg.reply = Bytes(reply);
    leg.detour().askedAt = leg.link->endpoint();
  }
  refused(leg, *verdict.redirect, verdict.action);
}

void Exchange::refused(RoutedLeg& leg, const Redirect& redirect, Verdict::Action action) {
  router_->cells().add(Counter::Redirects, redirect.kind, 1);
  leg.state = LegState::Idle;
  leg.asking = false;
  leg.lastRefusal = redirect.kind;
  countUp(saysWhere(redirect.kind) ? leg.redirects : leg.waits);
  const Endpoint asked = leg.link->endpoint();
  switch (action) {
    case Verdict::Action::FollowMap:
      router_->noteMoved(leg.slot, router_->nodeAt(redirect.endpoint, asked));
      router_->requestRefresh(RefreshCause::Moved);
      break;
    case Verdict::Action::FollowAsk:
      router_->noteTorn(leg.slot);
      askFirst(leg);
      leg.detour().askAt = router_->map().node(router_->nodeAt(redirect.endpoint, asked)).endpoint;
      break;
    case Verdict::Action::ConfirmFirst:
      leg.detour().waitRefresh = router_->requestRefresh(RefreshCause::Unconfirmed, asked);
      leg.detour().askAt = redirect.endpoint;
      break;
    case Verdict::Action::Wait:
      if (redirect.kind == RedirectKind::TryAgain) {
        // Some of its keys are here, some there: both nodes are right, however often they are asked meanwhile.
        leg.redirects = 0;
        router_->noteTorn(leg.slot);
        if (divide(leg)) return;
      } else {
        router_->requestRefresh(RefreshCause::ClusterDown);
      }
      break;
    case Verdict::Action::Accept:
      break;
  }
  if (isOutage(redirect.kind) && !waitsWhileRefused(leg, asked)) return;
  if (saysWhere(redirect.kind) && leg.redirects > router_->settings().limits.redirects) {
    return failLeg(leg, failureAfter(redirect.kind));
  }
  const uint64_t delay = delayMs(leg);
  leg.detour().wakeUs = delay == 0 ? 0 : router_->nowUs() + delay * 1000;
  resend(leg, static_cast<RetryReason>(redirect.kind));
}

// ASKING will go before it, in place of any other word.
void Exchange::askFirst(RoutedLeg& leg) {
  leg.asking = true;
  PoolListener* const listener = queue_->links().listener();
  if (dropCaching(leg) && listener != nullptr) listener->poolMissed(sequence_);
}

// A shared link comes back when its node does; one of its own was a first try to reach it, and the next may fail as fast.
void Exchange::notSent(RoutedLeg& leg) {
  if (leg.borrowsLink() || leg.ownLink) {
    leg.detour().wakeUs = router_->nowUs() + backoffMs(leg.waits) * 1000;
    countUp(leg.waits);
  }
  resend(leg, RetryReason::Rerouted);
}

// Its bytes were written and nobody will say what became of them. A read may be repeated if that cannot show a later
// write of the same connection; anything else has an unknown outcome.
void Exchange::lost(RoutedLeg& leg) {
  const bool written = writes() && !leg.reads;
  if (!written && !queue_->laterWriteSent(*this, leg)) return resend(leg, RetryReason::LinkLost);
  leg.executed = written;
  failLeg(leg, Failure::LinkLost);
}

void Exchange::resend(RoutedLeg& leg, RetryReason reason) {
  router_->cells().add(Counter::Retries, reason, 1);
  leg.state = LegState::Idle;
  if (course_ != nullptr) course_->again(leg, router_->nowUs());
  queue_->park(leg);
  queue_->wakeSoon();
}

// What was written cannot be taken back: it runs when the node is free again. Of a read nobody will see that it has; a
// write has to wait for its outcome.
void Exchange::legBusy(Leg& told, Slice error) {
  const bool lastAwaited = owner_ != nullptr && state_ == State::Running && course_ == nullptr && pending_ == 1;
  auto& leg = static_cast<RoutedLeg&>(told);
  if (!lastAwaited || writes() || leg.bestEffort || leg.part) return;
  router_->cells().add(Counter::ErrorReplies, classOfError(error), 1);
  leg.reply = Bytes(error);
  --pending_;
  gather();
}

void Exchange::giveUpOvertaken(RoutedLeg& leg) {
  // Of a node that lacked a script its own word is the better answer: clients know what to do then.
  if (leg.mended && !leg.reply.empty()) return giveUpMending(leg);
  queue_->unpark(leg);
  failLeg(leg, Failure::Overtaken);
}

bool Exchange::confirm(RoutedLeg& leg) {
  leg.confirming = false;
  const SlotMap& map = router_->map();
  Detour& detour = leg.detour();
  const NodeIndex asked = map.findEndpoint(detour.askedAt);
  const NodeIndex owner = router_->owner(leg.slot);
  const bool moved = owner != kNoNode && owner != asked;
  const NodeIndex target = router_->nodeAt(detour.askAt, detour.askedAt);
  bool migrating = false;
  for (const Migration& migration : map.migrations()) {
    migrating |= migration.slot == leg.slot && migration.source == asked && migration.target == target;
  }
  leg.asking = !moved && migrating && leg.lastRefusal == RedirectKind::Ask;
  if (leg.asking) askFirst(leg);
  if (leg.asking) detour.askAt = map.node(target).endpoint;
  if (moved || leg.asking) {
    leg.reply.clear();
    return true;
  }
  router_->cells().add(Counter::ScriptErrorsKept);
  const Bytes text = std::move(leg.reply);
  queue_->unpark(leg);
  accept(leg, text.slice());
  return false;
}

}  // namespace slotway
