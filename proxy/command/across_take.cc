#include "command/across_take.h"

#include "command/across_pops.h"
#include "command/across_streams.h"

namespace slotway {

std::unique_ptr<AcrossTake> makeAcrossTake(const Request& request, const Command& command) {
  if (command.across == Across::Streams) return std::make_unique<AcrossStreams>(request, command);
  return std::make_unique<AcrossPops>(request, command);
}

}  // namespace slotway
