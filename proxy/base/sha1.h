// SHA-1, by which Redis names scripts. Not for anything that has to be secret.
// Source: FIPS 180-4, section 6.1. Thread: any (pure).
#pragma once
#include <string>

#include "base/slice.h"

namespace slotway {

/// 40 lower-case hex digits.
std::string sha1Hex(Slice bytes);

}  // namespace slotway
