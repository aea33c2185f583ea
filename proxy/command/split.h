// The plan of a command whose keys may lie in several slots: one sub-command per slot, its keys in the request's order.
//
//     MSET a 1 b 2 c 3  ->  {slot 7: MSET a 1 c 3} {slot 9: MSET b 2}
//
// Thread: the worker's (pure).
#pragma once
#include "command/command.h"
#include "command/plan.h"
#include "resp/request.h"

namespace slotway {

/// For the lane Split; called by plan(), which has emptied `plan`.
void planSplit(const Request& request, const Command& command, Plan& plan);

}  // namespace slotway
