// Decimal numbers as Redis prints them, read whole.
// Thread: any (pure).
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/slice.h"

namespace slotway {

/// All of `text` is digits and fits in T; no sign, no space.
template <class T>
std::optional<T> readNumber(Slice text) {
  T number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace slotway
