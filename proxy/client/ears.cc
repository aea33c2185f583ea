#include "client/ears.h"

#include <algorithm>

#include "client/tracking.h"

namespace slotway {

Ears::Ears(Router& router, Tracking& tracking) : router_(router), tracking_(tracking) {
  const auto number = [](const std::string&) { return GreetingSteps{askForNumber()}; };
  links_ = router.linksFor(*this, resp::Version::Resp3, number, LinkPool::Open::ToMasters);
}

Ears::~Ears() { router_.release(std::move(links_)); }

bool Ears::look() {
  std::map<std::string, uint64_t, std::less<>> now;
  if (router_.ready()) {
    for (const NodeIndex master : router_.masters()) {
      const Link& ear = links_->link(master);
      now[router_.map().node(master).id] = ear.state() == Link::State::Ready ? ear.number() : 0;
    }
  }
  const bool changed = now != numbers_;
  numbers_ = std::move(now);
  return changed;
}

bool Ears::complete() const {
  return !numbers_.empty() && std::ranges::all_of(numbers_, [](const auto& master) { return master.second != 0; });
}

uint64_t Ears::numberAt(const std::string& nodeId) const {
  const auto found = numbers_.find(nodeId);
  return found == numbers_.end() ? 0 : found->second;
}

void Ears::poolPushed(Slice frame) { tracking_.poolPushed(frame); }

void Ears::poolForgot() { tracking_.earsChanged(); }

}  // namespace slotway
