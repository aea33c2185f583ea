// XREAD's id `$`: what comes behind the entry that is the stream's last one when the command arrives. A command that goes to
// its node a second time names that entry, or it would miss what has come meanwhile.
//
//     XREAD BLOCK 0 STREAMS s $   ->  XREVRANGE s + - COUNT 1  before it: 5-1   ->  again: XREAD BLOCK 0 STREAMS s 5-1
//
// Thread: any (pure). Source: Redis 7.0, t_stream.c xreadCommand.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "command/command.h"

namespace slotway {

/// To who waits for entries of a stream that is deleted, or replaced by something else.
constexpr Slice kStreamGone = "UNBLOCKED the stream key no longer exists";

struct StreamEnd {
  uint32_t key = 0;  ///< positions of two arguments
  uint32_t id = 0;
  std::string last;  ///< the id to name instead; empty: not known
};

/// Where the command says `$`.
std::vector<StreamEnd> findStreamEnds(const Command& command, std::span<const Slice> args);
/// Appends the question for the last entry of the stream at `key`.
void askForStreamEnd(Slice key, Bytes& out);
/// The id in the answer to it; "0-0" for a stream without entries; empty for an error.
std::string streamEndOf(Slice reply);

}  // namespace slotway
