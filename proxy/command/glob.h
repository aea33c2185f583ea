// Glob patterns as Redis matches them: * ? [a-z] [^a] and backslash; any case.
// Thread: any (pure). Source: the documentation of KEYS.
#pragma once
#include "base/slice.h"

namespace slotway {

bool globMatches(Slice pattern, Slice text);

}  // namespace slotway
