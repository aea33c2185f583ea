#include "pubsub/copies.h"

#include <algorithm>
#include <functional>

namespace slotway {

void Copies::forgetOld(uint64_t nowUs) {
  while (!said_.empty() && said_.front().atUs + kMemoryUs <= nowUs) said_.pop_front();
}

void Copies::remember(Slice frame, const void* from, uint64_t nowUs) {
  forgetOld(nowUs);
  if (said_.size() >= kRemembered) said_.pop_front();
  said_.push_back({std::hash<Slice>{}(frame), from, nowUs});
}

bool Copies::copied(Slice frame, const void* from, uint64_t nowUs) {
  forgetOld(nowUs);
  const size_t hash = std::hash<Slice>{}(frame);
  const auto same = [&](const Said& said) { return said.hash == hash && said.from != from; };
  const auto found = std::ranges::find_if(said_, same);
  if (found == said_.end()) return false;
  said_.erase(found);
  return true;
}

}  // namespace slotway
