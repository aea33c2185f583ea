// The words of a request as others may see them, in MONITOR and in the slow log.
// Thread: any (pure). Source: Redis 7.0 acl.c (authCommand), networking.c (helloCommand), config.c (SENSITIVE_CONFIG).
#pragma once
#include <span>
#include <vector>

#include "base/slice.h"
#include "command/command.h"

namespace slotway {

/// Passwords, and the users that they are for, are "(redacted)". The words are those of `args`, valid as long as these.
std::vector<Slice> withoutSecrets(const Command& command, std::span<const Slice> args);

}  // namespace slotway
