#include "exchange/across_call.h"

#include "exchange/exchange.h"
#include "resp/writer.h"

namespace slotway {

void AcrossCall::next(Exchange& exchange) {
  Questions questions;
  read_->ask(questions);
  for (Question& question : questions.all) exchange.toSlot(question.slot) = std::move(question.wire);
}

Course::Then AcrossCall::gather(std::span<const Slice> replies) {
  if (!read_->answer(replies, answer_)) answer_ = resp::errorFrame(textOf(Failure::UpstreamProtocol));
  return Then::Done;
}

std::optional<Failure> AcrossCall::tooMuch(uint64_t gathered, const Settings::Limits& limits) const {
  return gathered > limits.crossSlotBytes ? std::optional(Failure::CrossSlotLimit) : std::nullopt;
}

bool AcrossCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
