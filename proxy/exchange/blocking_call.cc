#include "exchange/blocking_call.h"

#include <string>
#include <vector>

#include "exchange/exchange.h"
#include "exchange/router.h"
#include "resp/writer.h"

namespace slotway {

BlockingCall::BlockingCall(const Request& request, const Command& command, HashSlot slot)
    : request_(request),
      slot_(slot),
      timeout_(findBlockTimeout(command, request.args)),
      ends_(findStreamEnds(command, request.args)) {}

void BlockingCall::next(Exchange& exchange) {
  RoutedLeg& leg = exchange.addLeg(slot_, RoutedLeg::Aim::Private);
  if (timeout_ && timeout_->us != BlockTimeout::kForever) untilUs_ = exchange.router().nowUs() + timeout_->us;
  leg.patientUntilUs = untilUs_;
  askForEnds(leg);
  leg.wire.append(request_.request().wire);
}

// Behind ASKING they would be what it is about.
void BlockingCall::askForEnds(RoutedLeg& leg) {
  asked_.clear();
  for (StreamEnd& end : ends_) {
    if (leg.asking || !end.last.empty()) continue;
    askForStreamEnd(request_.request().args[end.key], leg.wire);
    asked_.push_back(&end);
  }
  leg.preludes = static_cast<uint32_t>(asked_.size());
  heard_ = 0;
}

void BlockingCall::prelude(Slice reply) { asked_[heard_++]->last = streamEndOf(reply); }

void BlockingCall::again(RoutedLeg& leg, uint64_t nowUs) {
  released_ = released_ || leg.lastRefusal == RedirectKind::Unblocked;
  const auto args = request_.request().args;
  std::vector<Slice> words(args.begin(), args.end());
  std::string left;
  if (untilUs_ != BlockTimeout::kForever) {
    left = timeout_->text(untilUs_ - std::min(nowUs, untilUs_));
    words[timeout_->position] = left;
  }
  for (const StreamEnd& end : ends_) {
    if (!end.last.empty()) words[end.id] = end.last;
  }
  leg.wire.truncate(0);
  askForEnds(leg);
  resp::request(leg.wire, words);
}

Course::Then BlockingCall::gather(std::span<const Slice> replies) {
  // What it waited on has not moved: it has been deleted, or something else has its name.
  const bool gone = released_ && (replies.front().starts_with("-NOGROUP") || replies.front().starts_with("-WRONGTYPE"));
  answer_ = gone ? resp::errorFrame(kStreamGone) : Bytes(replies.front());
  return Then::Done;
}

bool BlockingCall::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
