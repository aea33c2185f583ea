// What an Exchange does when of the keys of one piece some are at one node of a moving slot and some at the other: it asks
// for each key by itself, and what these answer is the piece's answer.
//
//     MGET a b --TRYAGAIN-->  MGET a -->              here  --> one array, which is the piece's
//                             MGET b --> here --ASK--> there -->
//
// Source: Redis cluster specification, "Multi-keys operations".
#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "command/merge.h"
#include "command/split.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/router.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// A piece is no larger than this, but for what names keys of one slot only.
constexpr size_t kMostParts = 1024;

// What a part of a divided piece has come to: nothing more will be heard of it.
bool isOver(const RoutedLeg& part) { return part.state == LegState::Settled || part.failed; }

// `args`: a command's name and keys, each with what belongs to it.
bool namesOneTwice(const std::vector<Slice>& args, size_t step) {
  std::set<Slice> seen;
  for (size_t key = 1; key < args.size(); key += step) {
    if (!seen.insert(args[key]).second) return true;
  }
  return false;
}

}  // namespace

// False: it goes again as it is. What sets several keys of one slot does so at once, or not at all; and of two values for one
// key the second has to be the last, of which nobody is sure with two requests of one exchange.
bool Exchange::divide(RoutedLeg& piece) {
  const bool divisible = command_ != nullptr && command_->lane == Lane::Split && piece.preludes == 0;
  if (!divisible || (passes() && keyStep(*command_) > 1)) return false;
  const std::vector<Slice> args = argsOf(piece.wire.slice());
  const size_t step = keyStep(*command_);
  const size_t keys = (args.size() - 1) / step;
  if (keys <= 1 || keys > kMostParts || (step > 1 && namesOneTwice(args, step))) return false;
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
  const auto eachPart = [&](auto visit) {
    eachLeg([&](RoutedLeg& each) {
      if (each.part && each.knownDetour()->whole == &piece) visit(each);
    });
  };
  bool over = piece.state != LegState::Settled;
  std::vector<Slice> replies;
  eachPart([&](const RoutedLeg& each) {
    over = over && isOver(each);
    replies.push_back(each.reply.slice());
  });
  if (!over) return;
  std::vector<uint32_t> oneEach(replies.size());
  std::iota(oneEach.begin(), oneEach.end(), 0);
  Bytes merged;
  merge(command_->merge, *command_, replies, oneEach, merged);
  eachPart([&](RoutedLeg& each) {
    if (!each.failed) gathered_ -= each.reply.size();  // it is counted again as a part of the piece's
    each.reply.clear();
  });
  accept(piece, merged.slice());
}

}  // namespace slotway
