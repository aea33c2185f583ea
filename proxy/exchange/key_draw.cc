#include "exchange/key_draw.h"

#include <algorithm>
#include <random>

#include "command/node_questions.h"
#include "command/weighted_draw.h"
#include "exchange/exchange.h"
#include "exchange/router.h"
#include "metrics/failures.h"
#include "resp/writer.h"

namespace slotway {
namespace {

uint64_t anyNumber() {
  thread_local std::mt19937_64 numbers{std::random_device{}()};
  return numbers();
}

bool isNil(Slice reply) { return reply.starts_with("$-1") || reply.starts_with('_'); }

}  // namespace

void KeyDraw::next(Exchange& exchange) {
  if (!counted_) return askSizes(exchange);
  ask::randomKey(exchange.toNode(nodes_[drawn_]));
}

void KeyDraw::askSizes(Exchange& exchange) {
  const Router& router = exchange.router();
  for (const NodeIndex master : router.masters()) {
    nodes_.push_back(router.map().node(master).id);
    ask::keys(exchange.toNode(nodes_.back()));
  }
}

Course::Then KeyDraw::gather(std::span<const Slice> replies) {
  if (!answer_.empty()) return Then::Done;
  const auto error = std::ranges::find_if(replies, [](Slice reply) { return reply.starts_with('-'); });
  if (error != replies.end()) return hasLeft(*error) ? startOver() : settle(*error);
  return counted_ ? takeKey(replies.front()) : takeSizes(replies);
}

// The masters of now have its keys.
Course::Then KeyDraw::startOver() {
  nodes_.clear();
  weights_.clear();
  counted_ = false;
  return Then::Further;
}

Course::Then KeyDraw::takeSizes(std::span<const Slice> replies) {
  counted_ = true;
  if (replies.empty()) {
    resp::error(answer_, textOf(Failure::TopologyUnknown));
    return Then::Done;
  }
  for (const Slice reply : replies) {
    const auto keys = ask::integer(reply);
    weights_.push_back(static_cast<uint64_t>(std::max<int64_t>(keys.value_or(0), 0)));
  }
  // Where nobody has a key, one says so.
  drawn_ = drawByWeight(weights_, anyNumber()).value_or(0);
  return Then::Further;
}

Course::Then KeyDraw::takeKey(Slice reply) {
  weights_[drawn_] = 0;
  const auto next = drawByWeight(weights_, anyNumber());
  if (!isNil(reply) || !next) return settle(reply);
  drawn_ = *next;
  return Then::Further;
}

Course::Then KeyDraw::settle(Slice reply) {
  answer_.append(reply);
  return Then::Done;
}

void KeyDraw::giveUp(Slice reason) {
  if (answer_.empty()) answer_.append(reason);
}

bool KeyDraw::answer(Bytes& out) {
  out = std::move(answer_);
  return false;
}

}  // namespace slotway
