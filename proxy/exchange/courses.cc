#include "exchange/courses.h"

#include "base/check.h"
#include "exchange/across_call.h"
#include "exchange/key_draw.h"
#include "exchange/keyspace_scan.h"
#include "exchange/take_call.h"
#include "exchange/wait_call.h"

namespace slotway {

std::unique_ptr<Course> makeCourse(const Request& request, const Command& command) {
  if (command.across == Across::Pop || command.across == Across::Streams) return std::make_unique<TakeCall>(request, command);
  if (command.across != Across::No) return std::make_unique<AcrossCall>(makeAcrossRead(request, command));
  switch (command.special) {
    case SpecialPlan::Scan: return std::make_unique<KeyspaceScan>(*parseScan(request.args));
    case SpecialPlan::KeyDraw: return std::make_unique<KeyDraw>();
    case SpecialPlan::Acks: return std::make_unique<WaitCall>(request, command, 1);
    case SpecialPlan::DiskAcks: return std::make_unique<WaitCall>(request, command, 2);
    case SpecialPlan::None: break;
  }
  CHECK_THAT(!"this command does not go step by step");
  return nullptr;
}

}  // namespace slotway
