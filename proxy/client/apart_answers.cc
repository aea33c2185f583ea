#include "client/apart_answers.h"

#include "base/check.h"
#include "client/local_answers.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {

void ApartAnswers::ask(Exchange& outer, const Command& command, Slice wire, Bytes& answer) {
  CHECK_THAT(!waits());
  if (!queue_) {
    queue_.emplace(client_.router_, static_cast<ExchangeOwner&>(*this), client_.id(), client_.links(), client_.session_.written);
  }
  queue_->use(client_.links());
  outer_ = &outer;
  answer_ = &answer;
  hears_ = Hears::Caller;
  const Bytes copy(wire);
  Exchange& exchange = queue_->join(&command);
  exchange.silent = outer.silent;
  exchange.recount = command.recount;
  LocalAnswers::answerApart(client_, exchange, {copy.slice(), argsOf(copy.slice())}, command);
  hears_ = Hears::Outer;
}

// All that is asked for has its place in one answer, which does not grow without end.
void ApartAnswers::exchangeSettled(Exchange& exchange, Slice reply) {
  if (exchange.recount != Recount::None) reply = client_.recounted(exchange, reply);
  Bytes answer = streamed_.empty() ? Bytes(reply) : std::move(streamed_);
  streamed_.clear();
  if (!fits(answer.size())) {
    client_.router_.cells().fail(Failure::GatherLimit);
    answer = resp::errorFrame(textOf(Failure::GatherLimit));
  }
  gathered_ += answer.size();
  *std::exchange(answer_, nullptr) = std::move(answer);
  outer_->silent = exchange.silent;
  queue_->pop();
  if (hears_ == Hears::Outer) outer_->goOn();
}

bool ApartAnswers::fits(size_t bytes) const { return gathered_ + bytes <= client_.limits().clientOutputBytes; }

void ApartAnswers::exchangeBytes(Exchange& exchange, Slice bytes) {
  streamed_.append(bytes);
  if (!fits(streamed_.size())) exchangeTorn(exchange, Failure::GatherLimit);
}

void ApartAnswers::exchangeTorn(Exchange& exchange, Failure why) {
  client_.router_.cells().fail(why);
  streamed_.clear();
  exchangeSettled(exchange, resp::errorFrame(textOf(why)).slice());
}

void ApartAnswers::giveUp() {
  if (!waits()) return;
  hears_ = Hears::Caller;
  queue_->expire(client_.router_.nowUs(), 0);
  // Of an answer that has begun to come the rest is not waited for either.
  if (waits()) exchangeTorn(*queue_->head(), Failure::DeadlineUnknown);
}

}  // namespace slotway
