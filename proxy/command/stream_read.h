// XREAD and XREADGROUP: by key, unless they ask to block.
// Thread: any (pure). Source: Redis 7.0 t_stream.c, xreadCommand.
#pragma once
#include <span>

#include "base/slice.h"

namespace slotway {

inline constexpr Slice kBlockRefusal =
    "ERR BLOCK is not supported yet: it would block a connection shared by all clients; poll without BLOCK";

/// Is there a BLOCK among the options, which end at STREAMS? A key, group or consumer named "block" is none.
bool asksToBlock(std::span<const Slice> args);

}  // namespace slotway
