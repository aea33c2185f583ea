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
  while (!said_.empty() && (said_.size() >= kRemembered || said_.front().atUs + kMemoryUs <= nowUs)) said_.pop_front();
  said_.push_back({hashOf(frame), nowUs, {}});
  const auto held = std::ranges::find(held_, said_.back().hash, &Held::hash);
  if (held == held_.end()) return;
  said_.back().by = std::move(held->by);
  held_.erase(held);
}

// The same from the same node is another event, from a third node it is the same message again.
EchoFilter::Fate EchoFilter::fromOther(Slice frame, const void* from, uint64_t nowUs) {
  const size_t hash = hashOf(frame);
  const auto repeats = [&](const auto& one) { return one.hash == hash && std::ranges::find(one.by, from) == one.by.end(); };
  const auto said = std::ranges::find_if(said_, [&](const Said& one) { return one.atUs + kMemoryUs > nowUs && repeats(one); });
  if (said != said_.end()) {
    said->by.push_back(from);
    return Fate::Kept;
  }
  const auto held = std::ranges::find_if(held_, repeats);
  if (held != held_.end()) {
    held->by.push_back(from);
    return Fate::Kept;
  }
  if (held_.size() >= kMostHeld) return Fate::PassOn;
  held_.push_back({hash, {from}, nowUs + kHoldUs, std::string(frame)});
  return Fate::Kept;
}

void EchoFilter::release(uint64_t nowUs, const std::function<void(Slice)>& pass) {
  const auto due = std::ranges::find_if(held_, [nowUs](const Held& held) { return held.dueUs > nowUs; });
  const std::vector<Held> ready(std::make_move_iterator(held_.begin()), std::make_move_iterator(due));
  held_.erase(held_.begin(), due);
  for (const Held& held : ready) pass(held.frame);
}

}  // namespace slotway
