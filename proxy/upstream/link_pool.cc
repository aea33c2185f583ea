#include "upstream/link_pool.h"

#include <algorithm>

#include "base/log.h"

namespace slotway {
namespace {

// A node that owes a reply and has been silent for so long may be hanging, and others may be taking over from it.
constexpr uint64_t kSuspiciousUs = 1000 * 1000;

}  // namespace

LinkPool::LinkPool(Loop& loop, Cells& cells, const Settings::Timeouts& timeouts, const UpstreamSettings& upstream,
                   std::function<void(const Endpoint&)> onFailed)
    : loop_(loop), cells_(cells), timeouts_(timeouts), upstream_(upstream), onFailed_(std::move(onFailed)) {}

LinkPool::~LinkPool() {
  close("shutting down");
  while (dirty_.popFront() != nullptr) {
  }
}

void LinkPool::adopt(const SlotMap& map) {
  std::vector<Place> before = std::move(places_);
  places_.clear();
  for (const Node& node : map.nodes()) {
    Place place{node.id, node.endpoint, nullptr, node.failed};
    for (Place& old : before) {
      if (old.link != nullptr && old.nodeId == node.id && old.endpoint == node.endpoint) place.link = std::move(old.link);
    }
    places_.push_back(std::move(place));
  }
  for (Place& old : before) retire(std::move(old.link));
}

Link& LinkPool::link(NodeIndex node) {
  Place& place = places_[node];
  if (place.link == nullptr) makeLink(place);
  return *place.link;
}

void LinkPool::makeLink(Place& place) {
  place.link = std::make_unique<Link>(loop_, static_cast<LinkOwner&>(*this), cells_, timeouts_, place.endpoint,
                                      makeGreeting(upstream_.username, upstream_.password, place.nodeId));
}

void LinkPool::replace(Link& link) {
  for (Place& place : places_) {
    if (place.link.get() == &link) return retire(std::move(place.link));
  }
}

void LinkPool::retire(std::unique_ptr<Link> link) {
  if (link == nullptr) return;
  draining_.push_back(std::move(link));
  draining_.back()->drain();
}

void LinkPool::recall() {
  for (Place& place : places_) {
    if (place.link != nullptr) place.link->recall();
  }
  for (size_t i = 0; i < draining_.size(); ++i) draining_[i]->recall();
}

void LinkPool::flush() {
  while (Link* link = dirty_.popFront()) link->flush();
  for (Link* link : drained_) {
    if (link->dirtyHook.linked()) dirty_.remove(*link);
    link->close("drained");
    std::erase_if(draining_, [link](const auto& held) { return held.get() == link; });
  }
  drained_.clear();
}

void LinkPool::checkStalled(uint64_t nowUs, uint64_t limitUs) {
  for (Place& place : places_) {
    if (place.link == nullptr) continue;
    if (place.link->silentUs(nowUs) > kSuspiciousUs && nowUs > suspectedUs_ + kSuspiciousUs) {
      suspectedUs_ = nowUs;
      onFailed_(place.endpoint);
    }
    place.link->checkStalled(nowUs, place.failed ? std::min(limitUs, kSuspiciousUs) : limitUs);
  }
  for (size_t i = 0; i < draining_.size(); ++i) draining_[i]->checkStalled(nowUs, limitUs);
}

void LinkPool::close(Slice reason) {
  for (Place& place : places_) {
    if (place.link != nullptr) place.link->close(reason);
  }
  for (size_t i = 0; i < draining_.size(); ++i) draining_[i]->close(reason);
}

// A change of state is worth a line, each further attempt is not.
void LinkPool::linkFailed(Link& link, Slice reason) {
  if (link.state() == Link::State::Closed) return;
  if (link.failures() == 1) log::warn("link_failed", {{"node", link.endpoint().text()}, {"reason", reason}});
  onFailed_(link.endpoint());
}

void LinkPool::linkRecovered(Link& link) { log::info("link_recovered", {{"node", link.endpoint().text()}}); }

void LinkPool::linkDrained(Link& link) {
  if (std::find(drained_.begin(), drained_.end(), &link) == drained_.end()) drained_.push_back(&link);
}

}  // namespace slotway
