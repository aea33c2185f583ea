// The first word of an error reply, as one of a closed set: the label of slotway_error_replies_total.
// A script can answer with any word it likes, so a word that is not Redis's own is `Other` and never a label of its own.
// Source: the error prefixes of Redis 7.0 (server.c createSharedObjects, cluster.c, acl.c, t_stream.c, script.c).
// Thread: any (pure).
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/path.h"
#include "base/slice.h"

namespace slotway {

// Sorted by their letters: the search relies on it, and a unit test looks.
#define SLOTWAY_ERROR_CLASSES(WORD) \
  WORD(Ask, "ASK") WORD(Busy, "BUSY") WORD(Busygroup, "BUSYGROUP") WORD(Busykey, "BUSYKEY") \
  WORD(Clusterdown, "CLUSTERDOWN") WORD(Crossslot, "CROSSSLOT") WORD(Denied, "DENIED") \
  WORD(Err, "ERR") WORD(Execabort, "EXECABORT") WORD(Inprog, "INPROG") WORD(Ioerr, "IOERR") \
  WORD(Loading, "LOADING") WORD(Masterdown, "MASTERDOWN") WORD(Misconf, "MISCONF") \
  WORD(Moved, "MOVED") WORD(Noauth, "NOAUTH") WORD(Nogroup, "NOGROUP") WORD(Noperm, "NOPERM") \
  WORD(Noproto, "NOPROTO") WORD(Noreplicas, "NOREPLICAS") WORD(Noscript, "NOSCRIPT") \
  WORD(Notbusy, "NOTBUSY") WORD(Oom, "OOM") WORD(Readonly, "READONLY") WORD(Tryagain, "TRYAGAIN") \
  WORD(Unblocked, "UNBLOCKED") WORD(Unkillable, "UNKILLABLE") WORD(Wrongpass, "WRONGPASS") \
  WORD(Wrongtype, "WRONGTYPE")

enum class ErrorClass : uint8_t {
#define SLOTWAY_ERROR_CLASS(name, word) name,
  SLOTWAY_ERROR_CLASSES(SLOTWAY_ERROR_CLASS)
#undef SLOTWAY_ERROR_CLASS
  Other,
};
inline constexpr size_t kErrorClasses = static_cast<size_t>(ErrorClass::Other) + 1;

/// Of an error reply as it stands on the wire or without its '-', with or without its line end.
/// Letters count as they are: Redis writes capitals, and "Err" is a script's.
SLOTWAY_RARE ErrorClass classOfError(Slice error);

/// "WRONGTYPE", or "other".
Slice labelOf(ErrorClass errorClass);

}  // namespace slotway
