// In what pieces a stream of bytes arrives.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace slotway {

class Cuts {
 public:
  /// All at once.
  static Cuts none() { return {SIZE_MAX, SIZE_MAX, 0}; }
  /// `first` bytes, then the rest.
  static Cuts at(size_t first) { return {std::max<size_t>(first, 1), SIZE_MAX, 0}; }
  /// Always `size` bytes.
  static Cuts every(size_t size) { return {size, size, 0}; }
  /// Pieces of 1 to `largest` bytes, the same ones for the same seed.
  static Cuts random(size_t largest, uint32_t seed) { return {0, largest, seed | 1u}; }

  size_t next() {
    if (random_ == 0) return std::exchange(first_, rest_);
    random_ = random_ * 1664525u + 1013904223u;
    if (random_ == 0) random_ = 1;
    return 1 + (random_ >> 8) % rest_;
  }

 private:
  Cuts(size_t first, size_t rest, uint32_t random) : first_(first), rest_(rest), random_(random) {}

  size_t first_;
  size_t rest_;
  uint32_t random_;
};

}  // namespace slotway
