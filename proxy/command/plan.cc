#include "command/plan.h"

#include "base/check.h"
#include "command/keys.h"
#include "command/split.h"
#include "command/stream_read.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr Slice kCrossSlot =
    "CROSSSLOT Keys in request don't hash to the same slot; give them one hash tag, as in {user1}:a and {user1}:b";
// More than this is not kept from one request to the next.
constexpr size_t kKeptBytes = 1024 * 1024;

void empty(Plan& plan) {
  plan.target = Plan::Target::Refused;
  plan.merge = Merge::First;
  plan.pieces.clear();
  plan.pieceOfKey.clear();
  plan.error.clear();
  plan.keyPositions.clear();
  if (plan.built.capacity() > kKeptBytes) plan.built.clear();
  plan.built.truncate(0);
}

void single(const Request& request, Plan::Target target, HashSlot slot, Plan& plan) {
  plan.target = target;
  plan.pieces.push_back({slot, wireOf(request, plan)});
}

void refuse(Slice error, Plan& plan) { plan.error = error; }

// Scripts without keys always go to the same master, so that an EVALSHA finds the script that an EVAL brought.
void planKeyless(const Request& request, const Command& command, Plan& plan) {
  const bool script = command.has(CommandFlag::MayRunScript);
  single(request, script ? Plan::Target::FixedMaster : Plan::Target::AnyMaster, kNoSlot, plan);
}

void planKeys(const Request& request, const Command& command, Plan& plan) {
  if (!findKeys(command, request.args, plan.keyPositions) || plan.keyPositions.empty()) {
    return planKeyless(request, command, plan);
  }
  const HashSlot slot = hashSlot(request.args[plan.keyPositions.front()]);
  for (const uint32_t position : plan.keyPositions) {
    if (hashSlot(request.args[position]) != slot) return refuse(kCrossSlot, plan);
  }
  single(request, Plan::Target::Slot, slot, plan);
}

void planByKey(const Request& request, const Command& command, Plan& plan) {
  if (command.onlyKey == 0) return planKeys(request, command, plan);
  single(request, Plan::Target::Slot, hashSlot(request.args[command.onlyKey]), plan);
}

void planFanOut(const Request& request, const Command& command, Plan& plan) {
  const bool allNodes = command.reach == Reach::AllNodes;
  plan.merge = command.merge;
  single(request, allNodes ? Plan::Target::AllNodes : Plan::Target::Masters, kNoSlot, plan);
}

void planSpecial(const Request& request, const Command& command, Plan& plan) {
  CHECK_THAT(command.special == SpecialPlan::StreamRead);
  if (asksToBlock(request.args)) return refuse(kBlockRefusal, plan);
  planByKey(request, command, plan);
}

}  // namespace

Slice wireOf(const Request& request, Plan& plan) {
  if (!request.wire.empty()) return request.wire;
  resp::request(plan.built, request.args);
  return plan.built.slice();
}

void plan(const Request& request, const Command& command, Plan& plan) {
  empty(plan);
  switch (command.lane) {
    case Lane::ByKey: return planByKey(request, command, plan);
    case Lane::Split: return planSplit(request, command, plan);
    case Lane::FanOut: return planFanOut(request, command, plan);
    case Lane::AnyNode: return single(request, Plan::Target::AnyMaster, kNoSlot, plan);
    case Lane::Special: return planSpecial(request, command, plan);
    case Lane::Refuse: return refuse(command.reason, plan);
    case Lane::Local:
    case Lane::Pinned: break;
  }
  CHECK_THAT(!"a command of the lanes Local and Pinned has no plan");
}

}  // namespace slotway
