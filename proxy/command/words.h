// Words of commands compare without regard to case, in ASCII only, as Redis compares them.
// Thread: any (pure).
#pragma once
#include <cstdint>

#include "base/slice.h"

namespace slotway {

// Without a branch: words come in either case, and this is done for each letter of every request.
constexpr unsigned char lower(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  const bool isUpper = static_cast<unsigned char>(byte - 'A') < 26;
  return static_cast<unsigned char>(byte | (isUpper ? 0x20 : 0));
}

/// The same of eight letters at once.
constexpr uint64_t lowered(uint64_t letters) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low = letters & (0x7f * kEach);
  // In each byte the highest bit: from 'A' on, behind 'Z', in ASCII.
  const uint64_t fromA = low + (0x80 - 'A') * kEach;
  const uint64_t behindZ = low + (0x7f - 'Z') * kEach;
  const uint64_t isUpper = (fromA ^ behindZ) & ~letters & (0x80 * kEach);
  return letters | isUpper >> 2;
}

constexpr char upper(char letter) {
  return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter & ~0x20) : letter;
}

constexpr bool sameWord(Slice left, Slice right) {
  if (left.size() != right.size()) return false;
  for (size_t at = 0; at < left.size(); ++at) {
    if (lower(left[at]) != lower(right[at])) return false;
  }
  return true;
}

}  // namespace slotway
