#include "exchange/take_call.h"

#include <algorithm>

#include "exchange/exchange.h"
#include "exchange/key_watches.h"
#include "exchange/router.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kOnItsWayMs = 200;

}  // namespace

TakeCall::TakeCall(const Request& request, const Command& command)
    : take_(makeAcrossTake(request, command)), timeout_(findBlockTimeout(command, request.args)) {
  const bool unreadable = !timeout_ && timeoutPosition(command, request.args) != 0;
  if (unreadable) wrongTimeout_ = resp::errorFrame(timeoutError(command, request.args));
}

void TakeCall::next(Exchange& exchange) {
  if (exchange_ == nullptr) {
    begin(exchange);
  } else if (questions_.all.empty()) {
    askReady();
  }
  for (Question& question : questions_.all) {
    RoutedLeg& leg = exchange.addLeg(question.slot, RoutedLeg::Aim::Slot);
    leg.wire = std::move(question.wire);
    leg.reads = question.reads;
  }
  questions_.all.clear();
  asking_ = true;
  if (!none_.empty() && exchange.blocks()) timer_->start(kOnItsWayMs);
}

void TakeCall::begin(Exchange& exchange) {
  exchange_ = &exchange;
  if (!wrongTimeout_.empty()) return take_->judgeOptions(questions_);
  if (!exchange.blocks()) resp::nullArray(none_, exchange.version());
  askedAt_ = exchange.router().nextSequence();
  take_->ask(questions_);
  timer_.emplace(exchange.router().loop(), [this] { timeIsUp(); });
  if (timeout_ && timeout_->us != BlockTimeout::kForever) timer_->start((timeout_->us + 999) / 1000);
}

void TakeCall::askReady() {
  if (!none_.empty()) return;
  // One behind the other, or a key that others are faster at would keep it from the rest.
  while (!waits_[next_ % waits_.size()]->ready) ++next_;
  const auto key = static_cast<uint32_t>(next_++ % waits_.size());
  tried_ = waits_[key].get();
  tried_->askedAt = exchange_->router().nextSequence();
  take_->askAgain({key, tried_->number}, questions_);
}

Course::Then TakeCall::gather(std::span<const Slice> replies) {
  asking_ = false;
  if (!wrongTimeout_.empty()) {
    const bool worse = !replies.empty() && replies.front().starts_with('-');
    answer_ = worse ? Bytes(replies.front()) : std::move(wrongTimeout_);
    return end();
  }
  // Some are not waited for when the time is up, and no element is among them.
  if (replies.empty() || ended_) return nothing();
  switch (take_->take(replies, questions_, answer_)) {
    case AcrossTake::Came::Answer:
      if (tried_ != nullptr && !answer_.slice().starts_with('-')) tried_->watch->served(*tried_);
      return end();
    case AcrossTake::Came::Further: return reason_.empty() ? Then::Further : end();
    case AcrossTake::Came::Nothing: return nothing();
    case AcrossTake::Came::Senseless: break;
  }
  answer_ = resp::errorFrame(textOf(Failure::UpstreamProtocol));
  return end();
}

Course::Then TakeCall::nothing() {
  if (!none_.empty() || !reason_.empty()) {
    answer_ = std::move(none_);
    tellUnblocked(true);
    return end();
  }
  if (waits_.empty()) {
    KeyWatches& watches = exchange_->router().keyWatches();
    for (const Slice key : take_->keys()) {
      KeyWait& wait = *waits_.emplace_back(std::make_unique<KeyWait>());
      wait.waiter = this;
      wait.askedAt = askedAt_;
      watches.join(wait, key, take_->watching());
    }
  } else {
    exchange_->router().cells().add(Counter::VainWakes);
    tried_->watch->foundNothing(*tried_);
  }
  const bool ready = std::ranges::any_of(waits_, [](const auto& wait) { return wait->ready; });
  waiting_ = !ready;
  if (waiting_) next_ = 0;
  return ready ? Then::Further : Then::Waiting;
}

// Who was told and has not been served leaves that to the next one.
Course::Then TakeCall::end() {
  left();
  return Then::Done;
}

void TakeCall::left() {
  timer_.reset();
  waits_.clear();
  tellUnblocked(false);
}

bool TakeCall::suffices(const RoutedLeg& leg) { return take_->servesOne() && !leg.reads && take_->took(leg.reply.slice()); }

void TakeCall::keyReady() { goOn(); }

void TakeCall::goOn() {
  if (!waiting_) return;
  waiting_ = false;
  exchange_->goOn();
}

// Redis looks at all keys before it looks at the time: so nodes have a moment to answer what they have been asked.
void TakeCall::endWith(Slice reply) {
  none_ = Bytes(reply);
  asking_ ? timer_->start(kOnItsWayMs) : goOn();
}

// What has been asked and may take something is waited for.
void TakeCall::timeIsUp() {
  if (none_.empty()) {
    Bytes nil;
    resp::nullArray(nil, exchange_->version());
    return endWith(nil.slice());
  }
  if (!asking_) return;
  const auto counts = [this](Slice taken) { return take_->took(taken); };
  if (!exchange_->mayEndStep(counts)) return;
  ended_ = true;
  exchange_->endStep();
}

bool TakeCall::unblock(Slice how, std::function<void(bool)>& told) {
  if (timer_ == std::nullopt || !none_.empty()) return false;
  Bytes nil;
  resp::nullArray(nil, exchange_->version());
  unblocked_ = std::move(told);
  endWith(how == "ERROR" ? Slice("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n") : nil.slice());
  return true;
}

void TakeCall::tellUnblocked(bool unblocked) {
  if (unblocked_ != nullptr) std::exchange(unblocked_, nullptr)(unblocked);
}

bool TakeCall::answer(Bytes& out) {
  out = answer_.empty() ? std::move(reason_) : std::move(answer_);
  return false;
}

}  // namespace slotway
