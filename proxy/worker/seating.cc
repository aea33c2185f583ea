#include "worker/seating.h"

#include <algorithm>
#include <numeric>

namespace slotway {

std::optional<size_t> Seating::take() {
  std::lock_guard lock(mutex_);
  if (std::accumulate(seated_.begin(), seated_.end(), uint64_t{0}) >= most_) return std::nullopt;
  const auto fewest = std::min_element(seated_.begin(), seated_.end());
  ++*fewest;
  return static_cast<size_t>(fewest - seated_.begin());
}

uint64_t Seating::taken() {
  std::lock_guard lock(mutex_);
  return std::accumulate(seated_.begin(), seated_.end(), uint64_t{0});
}

void Seating::leave(size_t worker) {
  std::lock_guard lock(mutex_);
  --seated_[worker];
}

}  // namespace slotway
