// What clients of a listener with `keyspace.hash_tag` read of a command that differs there.
// Thread: any (pure).
#pragma once
#include <string>

#include "command/command.h"

namespace slotway {

/// Of one that is refused there: the error text, without '-'.
std::string refusalInKeyspace(const Command& command);
/// How it differs there from one Redis; empty: in nothing.
std::string noteInKeyspace(const Command& command);

}  // namespace slotway
