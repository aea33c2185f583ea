// One request as MONITOR shows it:
//
//     +1339518083.107412 [0 127.0.0.1:60866] "set" "k" "two\nlines"
//
// Thread: any (pure). Source: Redis 7.0 replication.c (replicationFeedMonitors), sds.c (sdscatrepr).
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/slice.h"

namespace slotway {

/// Whether a command's arguments may have a password among them.
enum class Secrets : uint8_t { None, Possible };

/// A whole frame. `atUs` since 1970; `client` is its address.
std::string monitorLine(uint64_t atUs, Slice client, std::span<const Slice> args, Secrets secrets);

}  // namespace slotway
