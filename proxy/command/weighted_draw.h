// Draws one of several by their weights: a node by how many keys it has.
// Thread: any (pure).
#pragma once
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>

namespace slotway {

/// The index of the one drawn; none when nothing has a weight. `random` is any number, each as likely as another.
inline std::optional<size_t> drawByWeight(std::span<const uint64_t> weights, uint64_t random) {
  const uint64_t all = std::accumulate(weights.begin(), weights.end(), uint64_t{0});
  if (all == 0) return std::nullopt;
  uint64_t left = random % all;
  size_t index = 0;
  while (left >= weights[index]) left -= weights[index++];
  return index;
}

}  // namespace slotway
