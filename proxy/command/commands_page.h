// COMMANDS.md, written from the table: every command, its lane and what differs from one Redis.
// Thread: any (pure).
#pragma once
#include <string>

#include "command/command_table.h"

namespace slotway {

std::string commandsPage(const CommandTable& table);

}  // namespace slotway
