// What an Exchange does when of the keys of one piece some are at one node of a moving slot and some at the other: it asks for
// each key by itself, and what these answer is the piece's answer.
//
//     MGET a b --TRYAGAIN-->  MGET a -->              here  --> one array, which is the piece's
//                             MGET b --> here --ASK--> there -->
//
// Source: Redis cluster specification, "Multi-keys operations".
#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "command/merge.h"
#include "command/split.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// What a part of a divided piece has come to: nothing more will be heard of it.
bool isOver(const RoutedLeg& part) { return part.state == LegState::Settled || part.failed; }

}  // namespace

// False: it goes again as it is. What sets several keys of one slot does so at once, or not at all.
bool Exchange::divide(RoutedLeg& piece) {
  const bool divisible = command_ != nullptr && command_->lane == Lane::Split && piece.preludes == 0;
  if (!divisible || (passes() && keyStep(*command_) > 1)) return false;
  Bytes wire(piece.wire.slice());
  std::vector<Slice> args;
  RequestParser parser;
  RequestParser::Limits limits;
  limits.bulkBytes = limits.requestBytes = SIZE_MAX;
  CHECK_THAT(parser.parse(wire.data(), wire.size(), args, limits) == RequestParser::Status::Complete);
  const size_t step = keyStep(*command_);
  if (args.size() <= 1 + step) return false;
  piece.divided = true;
  const auto first = static_cast<uint32_t>(legs_);
  for (size_t key = 1; key < args.size(); key += step) {
    std::vector<Slice> words{args.front()};
    words.insert(words.end(), args.begin() + static_cast<ptrdiff_t>(key), args.begin() + static_cast<ptrdiff_t>(key + step));
    RoutedLeg& part = addLeg(piece.slot, RoutedLeg::Aim::Slot);
    part.part = true;
    part.detour().whole = &piece;
    resp::request(part.wire, words);
  }
  for (uint32_t part = first; part < legs_; ++part) resend(leg(part), RetryReason::TryAgain);
  return true;
}

void Exchange::partAnswered(RoutedLeg& part, Slice reply) {
  if (reply.data() != part.reply.data()) {
    if (gathersTooMuch(reply.size())) return;
    part.reply.truncate(0);
    part.reply.append(reply);
  }
  partIsOver(part);
}

// The exchange may be gone when it does.
void Exchange::partIsOver(RoutedLeg& part) {
  RoutedLeg& piece = *part.detour().whole;
  bool over = piece.state != LegState::Settled;
  std::vector<Slice> replies;
  eachLeg([&](const RoutedLeg& each) {
    if (!each.part || each.knownDetour()->whole != &piece) return;
    over = over && isOver(each);
    replies.push_back(each.reply.slice());
  });
  if (!over) return;
  std::vector<uint32_t> oneEach(replies.size());
  std::iota(oneEach.begin(), oneEach.end(), 0);
  Bytes merged;
  merge(command_->merge, *command_, replies, oneEach, merged);
  accept(piece, merged.slice());
}

}  // namespace slotway
