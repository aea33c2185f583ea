#include "exchange/blocking_call.h"

#include <string>
#include <vector>

#include "exchange/exchange.h"
#include "exchange/router.h"
#include "resp/writer.h"

namespace slotway {

BlockingCall::BlockingCall(const Request& request, const Command& command, HashSlot slot)
    : request_(request), slot_(slot), timeout_(findBlockTimeout(command, request.args)) {}

void BlockingCall::next(Exchange& exchange) {
  RoutedLeg& leg = exchange.addLeg(slot_, RoutedLeg::Aim::Private);
  leg.wire.append(request_.request().wire);
  if (timeout_ && timeout_->us != BlockTimeout::kForever) untilUs_ = exchange.router().nowUs() + timeout_->us;
  leg.patientUntilUs = untilUs_;
}

void BlockingCall::again(RoutedLeg& leg, uint64_t nowUs) {
  if (untilUs_ == BlockTimeout::kForever) return;
  const auto args = request_.request().args;
  std::vector<Slice> words(args.begin(), args.end());
  const std::string left = timeout_->text(untilUs_ - std::min(nowUs, untilUs_));
  words[timeout_->position] = left;
  leg.wire.truncate(0);
  resp::request(leg.wire, words);
}

Course::Then BlockingCall::gather(std::span<const Slice> replies) {
  answer_ = Bytes(replies.front());
  return Then::Done;
}

bool BlockingCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
