#include "upstream/node_connections.h"

#include <algorithm>

namespace slotway {
namespace {

constexpr uint64_t kSecondUs = 1000 * 1000;
// Those of so long a time may come at once.
constexpr uint64_t kBurstUs = 100 * 1000;

}  // namespace

uint64_t NodeConnections::share(uint64_t ofAll) const {
  return std::max<uint64_t>(ofAll / std::max(settings_.workers, 1u), 1);
}

void NodeConnections::left(const Endpoint& node) {
  const auto found = nodes_.find(node.text());
  if (found != nodes_.end() && --found->second.links == 0) nodes_.erase(found);
}

bool NodeConnections::full(const Endpoint& node) const {
  const auto found = nodes_.find(node.text());
  return found != nodes_.end() && found->second.links >= share(settings_.limits.nodeConnections);
}

uint64_t NodeConnections::waitMs(const Endpoint& node, uint64_t nowUs) {
  Node& known = nodes_[node.text()];
  known.nextUs = std::max(known.nextUs, nowUs);
  const uint64_t aheadUs = known.nextUs - nowUs;
  known.nextUs += kSecondUs / share(settings_.limits.nodeConnectsPerSecond);
  return aheadUs < kBurstUs ? 0 : (aheadUs - kBurstUs) / 1000 + 1;
}

}  // namespace slotway
