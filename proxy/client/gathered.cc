#include "client/gathered.h"

#include <algorithm>

#include "exchange/exchange.h"
#include "exchange/router.h"
#include "metrics/failures.h"
#include "resp/writer.h"

namespace slotway {

void Gathered::next(Exchange& exchange) {
  const Router& router = exchange.router();
  const auto& masters = router.masters();
  const auto alive = [&router](NodeIndex master) { return !router.map().node(master).failed; };
  const auto ask = [&](NodeIndex master) { exchange.toNode(router.map().node(master).id).append(wire_); };
  if (whom_ != Whom::OneMaster || masters.empty()) {
    std::ranges::for_each(masters, ask);
    if (whom_ == Whom::AllNodes) askOthers(exchange);
    return;
  }
  const auto first = std::ranges::find_if(masters, alive);
  ask(first == masters.end() ? masters.front() : *first);
}

void Gathered::askOthers(Exchange& exchange) const {
  const Router& router = exchange.router();
  router.eachOther([&](NodeIndex node) {
    exchange.toNode(router.map().node(node).id).append(wire_);
    exchange.leg(exchange.legCount() - 1).bestEffort = true;
  });
}

Course::Then Gathered::gather(std::span<const Slice> replies) {
  for (const Slice reply : replies) errors_.add(reply);
  if (replies.empty()) {
    resp::error(answer_, textOf(Failure::TopologyUnknown));
  } else if (errors_.any()) {
    errors_.answer(command_, answer_);
  } else if (!fold_(replies, answer_)) {
    answer_.clear();
    resp::error(answer_, "ERR the nodes' replies do not fit together");
  }
  return Then::Done;
}

bool Gathered::answer(Bytes& out) {
  out.append(answer_.slice());
  return errors_.partial();
}

}  // namespace slotway
