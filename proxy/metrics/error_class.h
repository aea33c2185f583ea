// The first word of an error reply, as one of a closed set: the label of slotway_error_replies_total.
// A script can answer with any word it likes, so a word that is not Redis's own is `Other` and never a label of its own.
// Source: the error prefixes of Redis 7.0 (server.c createSharedObjects, cluster.c, acl.c, t_stream.c, script.c).
// Thread: any (pure).
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/slice.h"

namespace slotway {

// Sorted by their letters: the search relies on it, and a unit test looks.
#define SLOTWAY_ERROR_CLASSES(WORD)                                                                             \
  WORD(ASK) WORD(BUSY) WORD(BUSYGROUP) WORD(BUSYKEY) WORD(CLUSTERDOWN) WORD(CROSSSLOT) WORD(DENIED) WORD(ERR)   \
  WORD(EXECABORT) WORD(INPROG) WORD(IOERR) WORD(LOADING) WORD(MASTERDOWN) WORD(MISCONF) WORD(MOVED) WORD(NOAUTH) \
  WORD(NOGROUP) WORD(NOPERM) WORD(NOPROTO) WORD(NOREPLICAS) WORD(NOSCRIPT) WORD(NOTBUSY) WORD(OOM)              \
  WORD(READONLY) WORD(TRYAGAIN) WORD(UNBLOCKED) WORD(UNKILLABLE) WORD(WRONGPASS) WORD(WRONGTYPE)

enum class ErrorClass : uint8_t {
#define SLOTWAY_ERROR_CLASS(word) word,
  SLOTWAY_ERROR_CLASSES(SLOTWAY_ERROR_CLASS)
#undef SLOTWAY_ERROR_CLASS
  Other,
};
inline constexpr size_t kErrorClasses = static_cast<size_t>(ErrorClass::Other) + 1;

/// Of an error reply as it stands on the wire or without its '-', with or without its line end.
/// Letters count as they are: Redis writes capitals, and "Err" is a script's.
ErrorClass classOfError(Slice error);

/// "WRONGTYPE", or "other".
Slice labelOf(ErrorClass errorClass);

}  // namespace slotway
