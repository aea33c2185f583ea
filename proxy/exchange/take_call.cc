#include "exchange/take_call.h"

#include <algorithm>

#include "exchange/exchange.h"
#include "exchange/key_watches.h"
#include "exchange/router.h"
#include "resp/writer.h"

namespace slotway {

TakeCall::TakeCall(const Request& request, const Command& command)
    : take_(makeAcrossTake(request, command)), timeout_(findBlockTimeout(command, request.args)) {
  const bool unreadable = !timeout_ && timeoutPosition(command, request.args) != 0;
  if (unreadable) answer_ = resp::errorFrame(timeoutError(command, request.args));
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
}

void TakeCall::begin(Exchange& exchange) {
  exchange_ = &exchange;
  if (!answer_.empty()) return;
  if (!exchange.blocks()) resp::nullArray(none_, exchange.version());
  askedAt_ = exchange.router().nextSequence();
  take_->ask(questions_);
  if (!timeout_ || timeout_->us == BlockTimeout::kForever) return;
  timer_.emplace(exchange.router().loop(), [this] {
    Bytes nil;
    resp::nullArray(nil, exchange_->version());
    endWith(nil.slice());
  });
  timer_->start((timeout_->us + 999) / 1000);
}

void TakeCall::askReady() {
  if (!none_.empty()) return;
  const auto ready = std::ranges::find_if(waits_, [](const auto& wait) { return wait->ready; });
  tried_ = ready->get();
  tried_->askedAt = exchange_->router().nextSequence();
  take_->askAgain({static_cast<uint32_t>(ready - waits_.begin()), tried_->number}, questions_);
}

Course::Then TakeCall::gather(std::span<const Slice> replies) {
  if (!answer_.empty()) return end();
  if (replies.empty()) return nothing();
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
  return ready ? Then::Further : Then::Waiting;
}

// Who was told and has not been served leaves that to the next one.
Course::Then TakeCall::end() {
  timer_.reset();
  waits_.clear();
  return Then::Done;
}

void TakeCall::left() {
  timer_.reset();
  waits_.clear();
}

void TakeCall::keyReady() { goOn(); }

void TakeCall::goOn() {
  if (!waiting_) return;
  waiting_ = false;
  exchange_->goOn();
}

void TakeCall::endWith(Slice reply) {
  if (none_.empty()) none_ = Bytes(reply);
  goOn();
}

bool TakeCall::unblock(Slice how) {
  if (exchange_ == nullptr || !none_.empty()) return false;
  Bytes nil;
  resp::nullArray(nil, exchange_->version());
  const bool byError = how == "ERROR";
  endWith(byError ? Slice("-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n") : nil.slice());
  return true;
}

bool TakeCall::answer(Bytes& out) {
  out = answer_.empty() ? std::move(reason_) : std::move(answer_);
  return false;
}

}  // namespace slotway
