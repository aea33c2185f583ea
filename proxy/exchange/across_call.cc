#include "exchange/across_call.h"

#include <algorithm>

#include "command/split.h"
#include "exchange/exchange.h"
#include "resp/writer.h"

namespace slotway {

void AcrossCall::next(Exchange& exchange) {
  if (sent_ == 0) read_->ask(questions_);
  for (const size_t end = std::min(sent_ + kKeysPerPart, questions_.all.size()); sent_ < end; ++sent_) {
    exchange.toSlot(questions_.all[sent_].slot) = std::move(questions_.all[sent_].wire);
  }
}

Course::Then AcrossCall::gather(std::span<const Slice> replies) {
  if (!answer_.empty()) return Then::Done;
  if (replies.size() == questions_.all.size()) {
    finish(replies);
    return Then::Done;
  }
  for (const Slice reply : replies) replies_.emplace_back(reply);
  if (sent_ < questions_.all.size()) return Then::Further;
  std::vector<Slice> all;
  for (const Bytes& reply : replies_) all.push_back(reply.slice());
  finish(all);
  return Then::Done;
}

void AcrossCall::finish(std::span<const Slice> replies) {
  if (!read_->answer(replies, answer_)) answer_ = resp::errorFrame(textOf(Failure::UpstreamProtocol));
}

// What has been sent has an answer of its own.
void AcrossCall::giveUp(Slice reason) {
  if (sent_ < questions_.all.size()) answer_ = Bytes(reason);
}

std::optional<Failure> AcrossCall::tooMuch(uint64_t gathered, const Settings::Limits& limits) const {
  return gathered > limits.crossSlotBytes ? std::optional(Failure::CrossSlotLimit) : std::nullopt;
}

bool AcrossCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
