// Which of the 16384 hash slots a key belongs to.
// Source: Redis cluster specification, "Key distribution model" and "Hash tags"; CRC16-XMODEM.
// Thread: any (pure).
#pragma once
#include <cstdint>

#include "base/slice.h"

namespace slotway {

using HashSlot = uint16_t;
inline constexpr HashSlot kHashSlots = 16384;
/// Not a slot: the work has no key.
inline constexpr HashSlot kNoSlot = 0xffff;

/// The slot of `key`: of its hash tag, if it has a non-empty one, else of all of it.
HashSlot hashSlot(Slice key);

}  // namespace slotway
