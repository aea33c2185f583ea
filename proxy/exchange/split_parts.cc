#include "exchange/split_parts.h"

#include "command/split.h"

namespace slotway {

SplitParts::SplitParts(const Request& request, const Plan& plan) : wire_(request.wire), plan_(plan) {
  args_.reserve(request.args.size());
  for (const Slice arg : request.args) args_.push_back({wire_.data() + (arg.data() - request.wire.data()), arg.size()});
}

bool SplitParts::atLast() const { return !hasNextPart(plan_); }

void SplitParts::gather(const Command& command, std::span<const Slice> replies) {
  for (const Slice reply : replies) tally_.add(reply);
  if (!tally_.any()) {
    Bytes& merged = replies_.emplace_back();
    merge(plan_.merge, command.name, replies, plan_.pieceOfKey, merged);
    if (merged.slice().starts_with('-')) tally_.add(merged.slice());
  }
  settled_ = settled_ || atLast();
  due_ = !settled_;
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

bool SplitParts::answer(const Command& command, Bytes& out) const {
  if (tally_.any()) {
    tally_.answer(command.name, out);
    return tally_.partial();
  }
  std::vector<Slice> replies;
  for (const Bytes& reply : replies_) replies.push_back(reply.slice());
  merge(plan_.merge == Merge::KeyOrder ? Merge::Concat : plan_.merge, command.name, replies, {}, out);
  return false;
}

}  // namespace slotway
