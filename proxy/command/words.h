// Words of commands compare without regard to case, in ASCII only, as Redis compares them.
// Thread: any (pure).
#pragma once
#include "base/slice.h"

namespace slotway {

// Without a branch: words come in either case, and this is done for each letter of every request.
constexpr unsigned char lower(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  const bool isUpper = static_cast<unsigned char>(byte - 'A') < 26;
  return static_cast<unsigned char>(byte | (isUpper ? 0x20 : 0));
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
