// COMMAND's facts, which are kept as RESP2 tells them (all is an array), in the shapes that RESP3 has for them: flags are a
// set, key specs maps, documentation is a map.
// Source: Redis 7.0 server.c (addReplyCommandInfo, addReplyCommandDocs).
// Thread: any (pure).
#pragma once
#include "base/bytes.h"
#include "base/slice.h"
#include "resp/version.h"

namespace slotway {

enum class FactShape : uint8_t {
  AsIs,
  Set,      ///< of words or arrays
  Info,     ///< a command's element of COMMAND
  Infos,    ///< an array of them
  Specs,    ///< a set of key specs
  Pairs,    ///< a map, whose keys say what their values are: a command's documentation, a key spec
  Listed,   ///< an array of such maps
  Named,    ///< a map of names to such maps
};

/// Appends `fact`, a whole RESP2 frame out of the facts. In RESP2 as it is.
void writeFact(Slice fact, FactShape shape, resp::Version version, Bytes& out);

}  // namespace slotway
