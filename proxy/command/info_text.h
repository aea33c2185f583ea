// INFO of several masters -> INFO as one server would give it: memory, clients, keys and counters summed, times the oldest
// or latest, what is the same everywhere taken from the first. What the proxy knows better stands in `own`.
//
//     own:  "tcp_port:6390"              replaces the line of that name, if there is one
//           "# Slotway", "field:value"   a section of its own, put at the end
//
// Thread: the worker's (pure). Source: Redis 7.0 server.c (genRedisInfoString).
#pragma once
#include <span>
#include <string>

#include "base/slice.h"

namespace slotway {

/// `texts`: what stands in the masters' replies. Lines end with "\r\n", sections are parted by an empty line.
std::string mergeInfo(std::span<const Slice> texts, Slice own);

}  // namespace slotway
