#include "pubsub/census.h"

#include <algorithm>
#include <set>

#include "command/glob.h"

namespace slotway {
namespace {

constexpr size_t kNodeIdBytes = 40;

}  // namespace

void Census::set(size_t worker, const TopicCount& count) {
  Names& names = names_[static_cast<size_t>(count.kind)];
  Shares& shares = names[count.name];
  std::erase_if(shares, [worker](const Share& share) { return share.worker == worker; });
  const bool any = count.subscribers > 0 || !count.places.empty() || !count.replicas.empty();
  const size_t strings = count.name.size() + (count.places.size() + count.replicas.size()) * (sizeof(std::string) + kNodeIdBytes);
  if (any) shares.push_back({worker, count.subscribers, count.places, count.replicas, Weight(sizeof(Share) + strings)});
  if (shares.empty()) names.erase(count.name);
}

Census::Sum Census::sum(const Shares& shares, Slice place) {
  Sum all;
  for (const Share& share : shares) {
    all.subscribers += share.subscribers;
    const auto here = std::ranges::count(share.places, place) + std::ranges::count(share.replicas, place);
    all.links += place.empty() ? share.places.size() : static_cast<size_t>(here);
  }
  return all;
}

Census::Sum Census::of(TopicKind kind, Slice name, Slice place) const {
  const Names& names = names_[static_cast<size_t>(kind)];
  const auto found = names.find(name);
  return found == names.end() ? Sum{} : sum(found->second, place);
}

Census::Sum Census::receivers(Slice channel, Slice place) const {
  Sum all = of(TopicKind::Channel, channel, place);
  for (const auto& [pattern, shares] : names_[static_cast<size_t>(TopicKind::Pattern)]) {
    if (!globMatchesExactly(pattern, channel)) continue;
    const Sum more = sum(shares, place);
    all.subscribers += more.subscribers;
    all.links += more.links;
  }
  return all;
}

// A node counts a pattern once, however many have it.
Census::Sum Census::patterns() const {
  Sum all;
  for (const auto& [pattern, shares] : names_[static_cast<size_t>(TopicKind::Pattern)]) {
    std::set<Slice> places;
    bool subscribed = false;
    for (const Share& share : shares) {
      places.insert(share.places.begin(), share.places.end());
      subscribed = subscribed || share.subscribers > 0;
    }
    all.subscribers += subscribed ? 1 : 0;
    all.links += places.size();
  }
  return all;
}

void Census::each(TopicKind kind, const std::function<void(Slice, const Sum&)>& visit) const {
  for (const auto& [name, shares] : names_[static_cast<size_t>(kind)]) visit(name, sum(shares, ""));
}

}  // namespace slotway
