#include "command/plan.h"

#include "base/check.h"
#include "base/path.h"
#include "command/block_timeout.h"
#include "command/keys.h"
#include "command/scan_request.h"
#include "command/split.h"

namespace slotway {
namespace {

constexpr Slice kCrossSlot =
    "CROSSSLOT Keys in request don't hash to the same slot; give them one hash tag, as in {user1}:a and {user1}:b, "
    "or set keyspace.hash_tag for this listener";

// Each is asked for by itself, and watched.
constexpr size_t kMostTakenFrom = 1000;
constexpr Slice kTakesFromTooMany =
    "ERR no more than 1000 keys of several slots can be popped from, or be read as streams, at once";

void empty(Plan& plan) {
  plan.target = Plan::Target::Refused;
  plan.merge = Merge::First;
  plan.slot = kNoSlot;
  plan.pieces.clear();
  plan.pieceOfKey.clear();
  plan.error.clear();
  plan.keyPositions.clear();
}

void toSlot(HashSlot slot, Plan& plan) {
  plan.target = Plan::Target::Slot;
  plan.slot = slot;
}

SLOTWAY_APART void refuse(Slice error, Plan& plan) {
  plan.target = Plan::Target::Refused;
  plan.error = error;
}

// Scripts without keys always go to the same master, so that an EVALSHA finds the script that an EVAL brought.
SLOTWAY_APART void planKeyless(const Command& command, Plan& plan) {
  const bool script = command.has(CommandFlag::MayRunScript);
  plan.target = script ? Plan::Target::FixedMaster : Plan::Target::AnyMaster;
}

void planAcross(const Command& command, Plan& plan) {
  if (command.across == Across::No) return refuse(kCrossSlot, plan);
  const bool takes = command.across == Across::Pop || command.across == Across::Streams;
  if (takes && plan.keyPositions.size() > kMostTakenFrom) return refuse(kTakesFromTooMany, plan);
  plan.target = Plan::Target::Steps;
}

SLOTWAY_APART void planKeys(const Request& request, const Command& command, Plan& plan) {
  if (!findKeys(command, request.args, plan.keyPositions) || plan.keyPositions.empty()) {
    return planKeyless(command, plan);
  }
  const HashSlot slot = hashSlot(request.args[plan.keyPositions.front()]);
  for (const uint32_t position : plan.keyPositions) {
    if (hashSlot(request.args[position]) != slot) return planAcross(command, plan);
  }
  toSlot(slot, plan);
}

void planByKey(const Request& request, const Command& command, Plan& plan) {
  if (command.onlyKey == 0) return planKeys(request, command, plan);
  toSlot(hashSlot(request.args[command.onlyKey]), plan);
}

SLOTWAY_APART void planFanOut(const Command& command, Plan& plan) {
  plan.merge = command.merge;
  plan.target = command.reach == Reach::AllNodes ? Plan::Target::AllNodes : Plan::Target::Masters;
}

// Messages go where the worker hears them first (Hub::chooseHome), and all in one order.
void planAnyNode(const Command& command, Plan& plan) {
  const bool message = command.recount == Recount::Receivers;
  plan.target = message ? Plan::Target::Speaker : Plan::Target::AnyMaster;
}

SLOTWAY_APART void planPinned(const Request& request, const Command& command, Plan& plan) {
  planByKey(request, command, plan);
  if (!mayBlock(command, request.args)) return;
  const bool keyless = plan.target == Plan::Target::AnyMaster;
  // Where the keys stand only the node can tell: it would block a link that all share.
  if (keyless && command.timeoutAt == TimeoutAt::BehindBlock) return refuse(streamsError(command, request.args), plan);
  if (plan.target == Plan::Target::Slot) plan.target = Plan::Target::Private;
  if (plan.target == Plan::Target::Steps) plan.target = Plan::Target::BlockingSteps;
}

SLOTWAY_APART void planScan(const Request& request, Plan& plan) {
  const auto scan = parseScan(request.args);
  if (!scan) return refuse(scan.error(), plan);
  plan.target = Plan::Target::Steps;
}

SLOTWAY_APART void planSpecial(const Request& request, const Command& command, Plan& plan) {
  switch (command.special) {
    case SpecialPlan::Scan: return planScan(request, plan);
    case SpecialPlan::KeyDraw: plan.target = Plan::Target::Steps; return;
    case SpecialPlan::Acks:
    case SpecialPlan::DiskAcks: plan.target = Plan::Target::BlockingSteps; return;
    case SpecialPlan::None: break;
  }
  CHECK_THAT(!"a command of the lane Special has a plan of its own");
}

SLOTWAY_APART void planOtherwise(const Request& request, const Command& command, Plan& plan) {
  empty(plan);
  switch (command.lane) {
    case Lane::ByKey: return planByKey(request, command, plan);
    case Lane::Split: return planSplit(request, command, plan);
    case Lane::FanOut: return planFanOut(command, plan);
    case Lane::AnyNode: return planAnyNode(command, plan);
    case Lane::Pinned: return planPinned(request, command, plan);
    case Lane::Special: return planSpecial(request, command, plan);
    case Lane::Refuse: return refuse(command.reason, plan);
    case Lane::Local: break;
  }
  CHECK_THAT(!"a command of the lane Local has no plan");
}

}  // namespace

void plan(const Request& request, const Command& command, Plan& plan) {
  plan.merge = Merge::First;
  if (command.lane == Lane::ByKey && command.onlyKey != 0) return toSlot(hashSlot(request.args[command.onlyKey]), plan);
  planOtherwise(request, command, plan);
}

}  // namespace slotway
