// A node counts its own subscribers, and each link of ours as one, however many clients it serves. Here such a number
// becomes the one that a single Redis with all our clients would give: our links out, our clients in.
//
//     PUBLISH said :3 (a link of each of two workers, and somebody else's client); we have 1000 subscribers -> :1001
//
// Thread: any (pure).
#pragma once
#include "base/bytes.h"
#include "base/slice.h"
#include "command/command.h"
#include "pubsub/census.h"

namespace slotway {

/// Appends the answer to `request` (as it was sent) made of `reply`, which the node at `place` gave, or several nodes and
/// then merged. False, and nothing appended: it is to be left as it is (an error).
bool recount(Recount what, Slice request, Slice reply, Slice place, const Census& census, Bytes& out);

}  // namespace slotway
