#include "exchange/split_parts.h"

#include <array>

#include "command/split.h"
#include "exchange/exchange.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

SplitParts::SplitParts(const Request& request, const Command& command, const Plan& plan, Slice prelude)
    : command_(command), prelude_(prelude), request_(request), plan_(plan) {}

bool SplitParts::atLast() const { return !hasNextPart(plan_); }

void SplitParts::next(Exchange& exchange) {
  if (std::exchange(begun_, true)) planNextPart(request_.request(), plan_);
  for (const Plan::Piece& piece : plan_.pieces) {
    RoutedLeg& leg = exchange.addLeg(piece.slot, RoutedLeg::Aim::Slot);
    leg.wire.append(prelude_);
    leg.preludes = prelude_.empty() ? 0 : 1;
    writePiece(request_.request(), command_, plan_, piece, leg.wire);
  }
}

Course::Then SplitParts::gather(std::span<const Slice> replies) {
  for (const Slice reply : replies) tally_.add(reply);
  if (!tally_.any()) {
    Bytes merged;
    merge(plan_.merge, command_, replies, plan_.pieceOfKey, merged);
    fold(merged.slice());
  }
  return givenUp_ || atLast() ? Then::Done : Then::Further;
}

// Part by part, so that no turn has to go through all that very many keys hold.
void SplitParts::fold(Slice reply) {
  if (reply.starts_with('-')) return tally_.add(reply);
  if (plan_.merge == Merge::KeyOrder) {
    if (answer_.empty()) resp::arrayHeader(answer_, plan_.keyPositions.size());
    resp::ReplyReader elements(reply);
    elements.next();
    return answer_.append(elements.rest());
  }
  if (answer_.empty()) return answer_.append(reply);
  Bytes both;
  merge(plan_.merge, command_, std::array{answer_.slice(), reply}, {}, both);
  answer_ = std::move(both);
}

void SplitParts::giveUp(Slice reason) {
  givenUp_ = true;
  if (!atLast()) tally_.add(reason);
}

bool SplitParts::answer(Bytes& out) {
  if (tally_.any()) {
    tally_.answer(command_, out);
    return tally_.partial();
  }
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
