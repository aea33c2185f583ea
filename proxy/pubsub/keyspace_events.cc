#include "pubsub/keyspace_events.h"

#include <algorithm>

#include "command/glob.h"

namespace slotway {
namespace {

// A cluster has database 0 only.
constexpr Slice kKeyspace = "__keyspace@0__:";
constexpr Slice kKeyevent = "__keyevent@0__:";

size_t hashOf(Slice frame) { return std::hash<Slice>{}(frame); }

}  // namespace

bool isKeyspaceChannel(Slice channel) { return channel.starts_with(kKeyspace) || channel.starts_with(kKeyevent); }

bool mayMatchKeyspaceChannel(Slice pattern) {
  return globMayBeginWith(pattern, kKeyspace) || globMayBeginWith(pattern, kKeyevent);
}

Slice keyOfEvent(Slice channel, Slice payload) {
  return channel.starts_with(kKeyspace) ? channel.substr(kKeyspace.size()) : payload;
}

void EchoFilter::fromOwner(Slice frame, uint64_t nowUs) {
  const size_t hash = hashOf(frame);
  seen(hash) = {hash, nowUs};
  if (!held_.empty()) std::erase_if(held_, [hash](const Held& held) { return held.hash == hash; });
}

// The same from the same node is another event, from a third node it is the same message again.
EchoFilter::Fate EchoFilter::fromOther(Slice frame, const void* from, uint64_t nowUs) {
  const size_t hash = hashOf(frame);
  const Seen& last = seen(hash);
  if (last.hash == hash && last.atUs + kMemoryUs > nowUs) return Fate::Kept;
  const bool again = std::ranges::any_of(held_, [&](const Held& held) { return held.hash == hash && held.from != from; });
  if (again) return Fate::Kept;
  if (held_.size() >= kMostHeld) return Fate::PassOn;
  held_.push_back({hash, from, nowUs + kHoldUs, std::string(frame)});
  return Fate::Kept;
}

void EchoFilter::release(uint64_t nowUs, const std::function<void(Slice)>& pass) {
  const auto due = std::ranges::find_if(held_, [nowUs](const Held& held) { return held.dueUs > nowUs; });
  const std::vector<Held> ready(std::make_move_iterator(held_.begin()), std::make_move_iterator(due));
  held_.erase(held_.begin(), due);
  for (const Held& held : ready) pass(held.frame);
}

}  // namespace slotway
