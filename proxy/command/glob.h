// Glob patterns as Redis matches them: * ? [a-z] [^a] and backslash. An empty text is matched by an empty pattern alone.
// Thread: any (pure). Source: the documentation of KEYS; stringmatchlen() of Redis 7.0.
#pragma once
#include "base/slice.h"

namespace slotway {

/// In any case: names of commands.
bool globMatches(Slice pattern, Slice text);
/// Letter by letter: keys and channels.
bool globMatchesExactly(Slice pattern, Slice text);
/// May `pattern` match any text that begins with `prefix`? Letter by letter.
bool globMayBeginWith(Slice pattern, Slice prefix);

}  // namespace slotway
