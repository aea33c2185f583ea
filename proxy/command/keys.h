// Which arguments of a request are keys: by the command's key specs, and by finders of our own for the few commands whose
// specs are incomplete (SORT ... STORE, MIGRATE). Checked against the server's COMMAND GETKEYS in the tests.
// Thread: any (pure).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/slice.h"
#include "command/command.h"

namespace slotway {

/// Appends the positions of the keys (and shard channels) in `args`, in order of appearance, to `positions`.
/// False when the arguments cannot be understood (numkeys that is no number, say): then let the server say so.
bool findKeys(const Command& command, std::span<const Slice> args, std::vector<uint32_t>& positions);

/// A key and the spec (in Command::keySpecs) that it is found by.
struct FoundKey {
  uint32_t position;
  uint16_t spec;
};
/// The same with the specs, for those who want to know what happens to a key.
bool findKeys(const Command& command, std::span<const Slice> args, std::vector<FoundKey>& keys);

/// The first key's position, 0 when there is none: the fast path of the most common commands.
uint32_t firstKey(const Command& command, std::span<const Slice> args);

}  // namespace slotway
