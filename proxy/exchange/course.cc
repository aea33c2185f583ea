#include "exchange/course.h"

#include "resp/writer.h"

namespace slotway {

bool Course::hasLeft(Slice reply) { return reply == resp::errorFrame(textOf(Failure::SlotUncovered)).slice(); }

}  // namespace slotway
