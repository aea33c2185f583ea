#include "client/ask.h"

#include "resp/header_line.h"
#include "resp/writer.h"

namespace slotway {
namespace {

Plan& emptyPlan(ClientHouse& house) {
  Plan& plan = house.scratch().plan;
  plan.merge = Merge::First;
  plan.slot = kNoSlot;
  plan.pieces.clear();
  plan.pieceOfKey.clear();
  plan.keyPositions.clear();
  plan.error.clear();
  return plan;
}

}  // namespace

void Ask::ok() const { resp::simple(out, "OK"); }
void Ask::error(Slice text) const { resp::error(out, text); }
void Ask::text(Slice text) const { resp::verbatim(out, text, version()); }
void Ask::map(size_t pairs) const { resp::mapHeader(out, pairs, version()); }

bool Ask::ready() {
  if (router().ready()) return true;
  later = true;
  client.notReached(exchange);
  return false;
}

void Ask::forward() {
  if (!ready()) return;
  later = true;
  Plan& plan = emptyPlan(house());
  plan.target = Plan::Target::AnyMaster;
  exchange.begin(request, plan);
}

void Ask::forwardToAllNodes(Merge merge) {
  if (!ready()) return;
  later = true;
  Plan& plan = emptyPlan(house());
  plan.target = Plan::Target::AllNodes;
  plan.merge = merge;
  exchange.begin(request, plan);
}

void Ask::forwardTo(HashSlot slot) {
  if (!ready()) return;
  later = true;
  Plan& plan = emptyPlan(house());
  plan.target = Plan::Target::Slot;
  plan.slot = slot;
  exchange.begin(request, plan);
}

void Ask::askAll(ClientQuestion question) {
  later = true;
  question.clientId = client.id();
  question.sequence = exchange.sequence();
  house().ask(std::move(question));
}

bool readInteger(Slice text, int64_t& number) { return strictNumber(text, number); }

}  // namespace slotway
