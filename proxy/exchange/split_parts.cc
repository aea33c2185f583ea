#include "exchange/split_parts.h"

#include <array>

#include "command/split.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

SplitParts::SplitParts(const Request& request, const Plan& plan) : wire_(request.wire), plan_(plan) {
  args_.reserve(request.args.size());
  for (const Slice arg : request.args) args_.push_back({wire_.data() + (arg.data() - request.wire.data()), arg.size()});
}

bool SplitParts::atLast() const { return !hasNextPart(plan_); }

void SplitParts::gather(const Command& command, std::span<const Slice> replies) {
  for (const Slice reply : replies) tally_.add(reply);
  if (!tally_.any()) {
    Bytes merged;
    merge(plan_.merge, command.name, replies, plan_.pieceOfKey, merged);
    fold(command, merged.slice());
  }
  settled_ = settled_ || atLast();
  due_ = !settled_;
}

// Part by part, so that no turn has to go through all that very many keys hold.
void SplitParts::fold(const Command& command, Slice reply) {
  if (reply.starts_with('-')) return tally_.add(reply);
  if (plan_.merge == Merge::KeyOrder) {
    if (answer_.empty()) resp::arrayHeader(answer_, plan_.keyPositions.size());
    resp::ReplyReader elements(reply);
    elements.next();
    return answer_.append(elements.rest());
  }
  if (answer_.empty()) return answer_.append(reply);
  Bytes both;
  merge(plan_.merge, command.name, std::array{answer_.slice(), reply}, {}, both);
  answer_ = std::move(both);
}

void SplitParts::next() {
  due_ = false;
  planNextPart(request(), plan_);
}

void SplitParts::giveUp(Slice reason) {
  settled_ = true;
  due_ = false;
  if (!atLast()) tally_.add(reason);
}

bool SplitParts::answer(const Command& command, Bytes& out) {
  if (tally_.any()) {
    tally_.answer(command.name, out);
    return tally_.partial();
  }
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
