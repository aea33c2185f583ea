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

/// A whole frame. `atUs` since 1970; `client` is its address; `args` are such as others may see (client/secrets.h).
std::string monitorLine(uint64_t atUs, Slice client, std::span<const Slice> args);

}  // namespace slotway
