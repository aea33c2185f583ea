// A reply with its keys as the client calls them.
// Thread: any (pure).
#pragma once
#include "base/bytes.h"
#include "command/command.h"
#include "keyspace/keyspace.h"

namespace slotway {

/// Appends `reply`, a whole frame, to a command of this kind with the keys in it renamed; of an error the text. False, and
/// nothing appended: it is right as it is.
bool renameReply(const Keyspace& keyspace, InKeyspace kind, Slice reply, Bytes& out);

/// The names of an array that are the keyspace's, as keys; an empty array when none is.
void renameKeys(const Keyspace& keyspace, Slice names, Bytes& out);

}  // namespace slotway
