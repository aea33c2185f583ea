// Bytes that belong to somebody else, for as long as the function that hands them over says.
// Thread: any.
#pragma once
#include <cstdint>
#include <functional>
#include <string_view>

namespace slotway {

using Slice = std::string_view;

/// For maps whose keys are strings, which are looked up by Slices.
struct SliceHash {
  using is_transparent = void;
  size_t operator()(Slice text) const { return std::hash<Slice>{}(text); }
};

/// FNV-1a: the same for the same bytes in every process and version, unlike std::hash.
constexpr uint64_t fnv1a(Slice bytes, uint64_t start = 0xcbf29ce484222325) {
  for (const char byte : bytes) start = (start ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return start;
}

}  // namespace slotway
