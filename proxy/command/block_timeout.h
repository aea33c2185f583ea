// For how long a command may block at its node.
//
//     BLPOP a b 1.5   BLMPOP 0 2 a b LEFT   XREAD BLOCK 300 STREAMS s $
//
// Thread: any (pure). Source: Redis 7.0, timeout.c getTimeoutFromObjectOrReply; t_stream.c, xreadCommand.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/slice.h"
#include "command/command.h"

namespace slotway {

struct BlockTimeout {
  static constexpr uint64_t kForever = UINT64_MAX;

  uint32_t position = 0;     ///< of the argument
  uint64_t us = kForever;
  bool inMilliseconds = false;  ///< else in seconds, with a fraction

  /// What to write in its place to block for `newUs`.
  std::string text(uint64_t newUs) const;
};

/// XREAD's and XREADGROUP's options are compared up to a byte of zero.
bool isOption(Slice word, Slice option);
/// Where the argument of BLOCK stands, in XREAD and XREADGROUP: it may be said again, and the last one counts.
std::vector<uint32_t> blockPositions(std::span<const Slice> args);
/// Where its timeout stands; 0: it has none.
uint32_t timeoutPosition(const Command& command, std::span<const Slice> args);
/// Does the command, with these arguments, block at all?
bool mayBlock(const Command& command, std::span<const Slice> args);
/// Nothing when there is none, or it cannot be read: then the node says what is wrong with it, or blocks for ever.
std::optional<BlockTimeout> findBlockTimeout(const Command& command, std::span<const Slice> args);
/// ... and this is what is wrong with it.
Slice timeoutError(const Command& command, std::span<const Slice> args);

/// What Redis says to an XREAD or XREADGROUP of which nobody can tell the keys.
Slice streamsError(const Command& command, std::span<const Slice> args);

}  // namespace slotway
