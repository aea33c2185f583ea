// The plan of a command whose keys may lie in several slots: one sub-command per slot, its keys in the request's order.
//
//     MSET a 1 b 2 c 3  ->  {slot 7: MSET a 1 c 3} {slot 9: MSET b 2}
//
// Very many keys are planned and sent part by part, so that one client's request never keeps a worker or a node busy for
// long. Parts follow the request's order, and so do two mentions of one key.
//
// Thread: the worker's (pure).
#pragma once
#include "base/bytes.h"
#include "base/path.h"
#include "command/command.h"
#include "command/plan.h"
#include "resp/request.h"

namespace slotway {

/// Keys of one part.
inline constexpr uint32_t kKeysPerPart = 128;

/// How many arguments a key has with what belongs to it: 2 of MSET, else 1.
inline size_t keyStep(const Command& command) { return static_cast<size_t>(command.keySpecs.front().keyStep); }
/// For the lane Split; called by plan(), which has emptied `plan`. Plans the first part.
SLOTWAY_APART void planSplit(const Request& request, const Command& command, Plan& plan);
/// Is there a part behind the one that `plan` is about?
inline bool hasNextPart(const Plan& plan) { return plan.nextKey < plan.keyPositions.size(); }
/// Makes `plan`, of the same request, about the next part: pieces, pieceOfKey, nextKey.
SLOTWAY_APART void planNextPart(const Request& request, Plan& plan);
/// Appends the sub-command of one piece of `plan`, a whole request.
SLOTWAY_APART void writePiece(const Request& request, const Command& command, const Plan& plan, const Plan::Piece& piece, Bytes& out);

}  // namespace slotway
