#include "command/across_read.h"

#include <algorithm>

#include "base/check.h"
#include "command/across_counts.h"
#include "command/across_sets.h"
#include "command/across_sorted_sets.h"

namespace slotway {

bool AcrossRead::failed(std::span<const Slice> replies, Bytes& out) {
  const auto error = std::ranges::find_if(replies, [](Slice reply) { return reply.starts_with('-'); });
  if (error == replies.end()) return false;
  out.append(*error);
  return true;
}

std::unique_ptr<AcrossRead> makeAcrossRead(const Request& request, const Command& command) {
  switch (command.across) {
    case Across::SetUnion:
    case Across::SetInter:
    case Across::SetDiff:
    case Across::SetInterCard: return std::make_unique<AcrossSets>(request, command);
    case Across::SortedUnion:
    case Across::SortedInter:
    case Across::SortedDiff:
    case Across::SortedInterCard: return std::make_unique<AcrossSortedSets>(request, command);
    case Across::Count: return std::make_unique<AcrossCounts>(request, command);
    case Across::Pop:
    case Across::Streams:
    case Across::No: break;
  }
  CHECK_THAT(!"this command does not read across slots");
  return nullptr;
}

}  // namespace slotway
