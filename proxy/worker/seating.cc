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

std::vector<Seating::Seat>::iterator Seating::find(uint64_t clientId) {
  return std::ranges::lower_bound(seats_, clientId, {}, &Seat::clientId);
}

// Numbers grow, so its place is nearly always the last one.
void Seating::seated(uint64_t clientId, size_t worker) {
  std::lock_guard lock(mutex_);
  const bool last = seats_.empty() || seats_.back().clientId < clientId;
  seats_.insert(last ? seats_.end() : find(clientId), {clientId, worker});
}

void Seating::gone(uint64_t clientId) {
  std::lock_guard lock(mutex_);
  const auto seat = find(clientId);
  if (seat == seats_.end() || seat->clientId != clientId) return;
  seat->worker = kNobody;
  if (++emptySeats_ * 2 <= seats_.size()) return;
  std::erase_if(seats_, [](const Seat& each) { return each.worker == kNobody; });
  emptySeats_ = 0;
}

std::optional<size_t> Seating::workerOf(uint64_t clientId) {
  std::lock_guard lock(mutex_);
  const auto seat = find(clientId);
  const bool there = seat != seats_.end() && seat->clientId == clientId && seat->worker != kNobody;
  return there ? std::optional(seat->worker) : std::nullopt;
}

}  // namespace slotway
