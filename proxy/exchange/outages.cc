#include "exchange/outages.h"

#include <algorithm>
#include <utility>

namespace slotway {

void Outages::lost(const Endpoint& node, uint64_t sinceUs) {
  Outage& outage = nodes_[node.text()];
  if (outage.lostUs == 0) outage.lostUs = sinceUs;
}

bool Outages::reached(const Endpoint& node) {
  const auto found = nodes_.find(node.text());
  if (found == nodes_.end()) return false;
  found->second.told = false;
  const bool lost = std::exchange(found->second.lostUs, 0) != 0;
  if (found->second.refusedUs == 0) nodes_.erase(found);
  return lost;
}

void Outages::refused(const Endpoint& node, uint64_t nowUs) {
  Outage& outage = nodes_[node.text()];
  if (outage.refusedUs != 0) return;
  outage.refusedUs = nowUs;
  ++refusing_;
}

void Outages::served(const Endpoint& node) {
  const auto found = nodes_.find(node.text());
  if (found == nodes_.end() || found->second.refusedUs == 0) return;
  found->second.refusedUs = 0;
  --refusing_;
  if (found->second.lostUs == 0) nodes_.erase(found);
}

bool Outages::isLost(const Endpoint& node) const {
  if (nodes_.empty()) return false;
  const auto found = nodes_.find(node.text());
  return found != nodes_.end() && found->second.lostUs != 0;
}

void Outages::adopt(std::span<const Endpoint> masters, std::span<const NodeIndex> owners, uint64_t nowUs) {
  std::erase_if(nodes_, [&](const auto& each) {
    const bool stays = std::ranges::any_of(masters, [&](const Endpoint& master) { return master.text() == each.first; });
    if (!stays && each.second.refusedUs != 0) --refusing_;
    return !stays;
  });
  for (HashSlot slot = 0; slot < kHashSlots; ++slot) {
    owners[slot] == kNoNode ? void(slots_.try_emplace(slot, nowUs)) : void(slots_.erase(slot));
  }
}

bool Outages::hasPassed(uint64_t sinceUs, uint64_t nowUs) const {
  return sinceUs != 0 && nowUs >= sinceUs + settings_.timeouts.failoverHoldMs * 1000;
}

bool Outages::over(const Endpoint& node, uint64_t nowUs) const {
  if (nodes_.empty()) return false;
  const auto found = nodes_.find(node.text());
  return found != nodes_.end() && (hasPassed(found->second.lostUs, nowUs) || hasPassed(found->second.refusedUs, nowUs));
}

bool Outages::over(HashSlot slot, uint64_t nowUs) const {
  const auto found = slots_.find(slot);
  return found != slots_.end() && hasPassed(found->second, nowUs);
}

bool Outages::passed(uint64_t nowUs) {
  bool passed = false;
  for (auto& [node, outage] : nodes_) {
    if (outage.told || !hasPassed(outage.lostUs, nowUs)) continue;
    passed = outage.told = true;
  }
  return passed;
}

bool Outages::full(const RoutedLeg& next) const {
  if (next.hasWaited) return false;
  const uint64_t workers = std::max(settings_.workers, 1u);
  const Settings::Limits& limits = settings_.limits;
  return cells_.get(Gauge::HeldRequests) >= std::max<uint64_t>(limits.heldRequests / workers, 1) ||
         cells_.get(Gauge::HeldBytes) + next.wire.size() > limits.heldBytes / workers;
}

void Outages::take(RoutedLeg& leg) {
  leg.heldBytes = static_cast<uint32_t>(std::clamp<size_t>(leg.wire.size(), 1, UINT32_MAX));
  leg.hasWaited = true;
  cells_.set(Gauge::HeldRequests, cells_.get(Gauge::HeldRequests) + 1);
  cells_.set(Gauge::HeldBytes, cells_.get(Gauge::HeldBytes) + leg.heldBytes);
}

void Outages::give(RoutedLeg& leg) {
  cells_.set(Gauge::HeldRequests, cells_.get(Gauge::HeldRequests) - 1);
  cells_.set(Gauge::HeldBytes, cells_.get(Gauge::HeldBytes) - leg.heldBytes);
  leg.heldBytes = 0;
}

}  // namespace slotway
