#include "upstream/link_pool.h"

#include <algorithm>

#include "base/check.h"
#include "base/log.h"

namespace slotway {
namespace {

// A node that owes a reply and has been silent for so long may be hanging, and others may be taking over from it.
constexpr uint64_t kSuspiciousUs = 1000 * 1000;
// A node that has had nothing to say for so long is asked whether it is there.
constexpr uint64_t kQuietUs = 1000 * 1000;
constexpr uint64_t kQuietForOneUs = 10 * kQuietUs;
// Private links to a node that wait for use.
constexpr size_t kWarmLinks = 16;

}  // namespace

LinkPool::LinkPool(Loop& loop, PoolOwner& owner, Cells& cells, NodeConnections& connections,
                   const Settings::Timeouts& timeouts, const UpstreamSettings& upstream, resp::Version version)
    : loop_(loop),
      owner_(owner),
      cells_(cells),
      connections_(connections),
      timeouts_(timeouts),
      upstream_(upstream),
      version_(version) {}

LinkPool::~LinkPool() {
  close("shutting down");
  while (dirty_.popFront() != nullptr) {
  }
  eachLink([this](Link& link) { connections_.left(link.endpoint()); });
}

void LinkPool::serve(PoolListener& listener, More more, Open open) {
  CHECK_THAT(places_.empty());
  listener_ = &listener;
  more_ = std::move(more);
  open_ = open;
}

void LinkPool::linkPushed(Link&, Slice frame) {
  listener_ == nullptr ? cells_.add(Counter::UnaskedPushes) : listener_->poolPushed(frame);
}

// A replica hears of writes, too: it would tell everything twice.
void LinkPool::keepOpenTo(const SlotMap& map) {
  for (size_t index = 0; index < places_.size(); ++index) {
    const Node& node = map.nodes()[index];
    if (node.role == Role::Replica) {
      retire(std::move(places_[index].link));
    } else if (!node.failed) {
      link(static_cast<NodeIndex>(index)).keepOpen();
    }
  }
}

bool LinkPool::idle() const {
  const auto rests = [](const auto& link) { return link->idle(); };
  return std::ranges::all_of(places_, [&](const Place& place) { return place.link == nullptr || rests(place.link); }) &&
         lent_.empty() && std::ranges::all_of(draining_, rests);
}

// A visit may settle legs, and so retire, lend and give back links.
template <class Visit>
void LinkPool::eachLink(Visit visit) {
  std::vector<Link*> links;
  for (Place& place : places_) {
    if (place.link != nullptr) links.push_back(place.link.get());
    for (auto& link : place.warm) links.push_back(link.get());
  }
  for (auto& link : lent_) links.push_back(link.get());
  for (auto& link : draining_) links.push_back(link.get());
  for (Link* link : links) visit(*link);
}

void LinkPool::adopt(const SlotMap& map, std::span<const uint64_t> marks) {
  std::vector<Place> before = std::move(places_);
  places_.clear();
  for (const Node& node : map.nodes()) {
    Place place{node.id, node.endpoint, nullptr, {}, node.failed};
    if (!marks.empty()) place.mark = marks[places_.size()];
    for (Place& old : before) {
      if (old.nodeId != node.id || old.endpoint != node.endpoint) continue;
      if (old.link != nullptr) place.link = std::move(old.link);
      place.warm.swap(old.warm);
    }
    places_.push_back(std::move(place));
  }
  for (Place& old : before) {
    retire(std::move(old.link));
    for (auto& link : old.warm) retire(std::move(link));
  }
  eachLink([this](Link& link) {
    const Place* const place = placeOf(link);
    link.setMark(place == nullptr ? 0 : place->mark);
  });
  // Who blocks at a failed node would wait for ever: nothing tells it that another one has taken over.
  std::vector<Link*> lent;  // who hears of an end gives its link back
  for (const auto& link : lent_) lent.push_back(link.get());
  for (Link* const link : lent) {
    const Place* const place = placeOf(*link);
    const bool gone = place == nullptr || place->failed;
    if (gone) link->close("the cluster holds the node for failed, or has forgotten it");
  }
  if (open_ == Open::ToMasters) keepOpenTo(map);
}

Link& LinkPool::link(NodeIndex node) {
  Place& place = places_[node];
  if (place.link == nullptr) place.link = makeLink(place, Use::Shared);
  return *place.link;
}

bool LinkPool::reaches(NodeIndex node) const {
  const Place& place = places_[node];
  return place.link != nullptr && place.link->state() == Link::State::Ready;
}

void LinkPool::tryNoMore(NodeIndex node) {
  if (open_ == Open::WhenNeeded && places_[node].link != nullptr) places_[node].link->openWhenNeeded();
}

Link* LinkPool::lend(NodeIndex node) {
  Place& place = places_[node];
  std::unique_ptr<Link> link;
  // One whose connection has ended meanwhile is of no use.
  while (link == nullptr && !place.warm.empty()) {
    if (place.warm.back()->state() == Link::State::Ready) {
      link = std::move(place.warm.back());
    } else {
      retire(std::move(place.warm.back()));
    }
    place.warm.pop_back();
  }
  if (link == nullptr && connections_.full(place.endpoint)) return nullptr;
  lent_.push_back(link != nullptr ? std::move(link) : makeLink(place, Use::Private));
  return lent_.back().get();
}

bool LinkPool::lent(const Link& link) const {
  return std::ranges::any_of(lent_, [&](const auto& held) { return held.get() == &link; });
}

std::unique_ptr<Link> LinkPool::takeLent(Link& link) {
  const auto found = std::ranges::find_if(lent_, [&](const auto& held) { return held.get() == &link; });
  CHECK_THAT(found != lent_.end());
  std::unique_ptr<Link> taken = std::move(*found);
  *found = std::move(lent_.back());
  lent_.pop_back();
  return taken;
}

LinkPool::Place* LinkPool::placeOf(const Link& link) {
  const auto found = std::ranges::find_if(places_, [&](const Place& place) { return place.endpoint == link.endpoint(); });
  return found == places_.end() ? nullptr : &*found;
}

bool LinkPool::isShared(const Link& link) {
  const Place* const place = placeOf(link);
  return place != nullptr && place->link.get() == &link;
}

void LinkPool::giveBack(Link& link) {
  Place* const place = placeOf(link);
  const bool ofUse = link.state() == Link::State::Ready && link.idle() && place != nullptr && place->warm.size() < kWarmLinks;
  if (!ofUse) return discard(link);
  place->warm.push_back(takeLent(link));
}

void LinkPool::release(Link& link) { retire(takeLent(link)); }

void LinkPool::discard(Link& link) {
  draining_.push_back(takeLent(link));
  forget();
  link.close("no longer needed");
  linkDrained(link);
}

// Where one connection to each master listens to all of it, another one would hear everything again.
std::unique_ptr<Link> LinkPool::makeLink(const Place& place, Use use) {
  GreetingSteps greeting = makeGreeting(upstream_.username, upstream_.password, place.nodeId, version_);
  const bool listens = use == Use::Shared || (use == Use::Private && open_ != Open::ToMasters);
  if (listens && more_ != nullptr) std::ranges::move(more_(place.nodeId), std::back_inserter(greeting));
  if (use == Use::Private) greeting.push_back(askForNumber());
  auto link = std::make_unique<Link>(loop_, static_cast<LinkOwner&>(*this), cells_, timeouts_, place.endpoint,
                                     std::move(greeting));
  link->setMark(place.mark);
  connections_.came(place.endpoint);
  if (use == Use::Private || takesTurns()) link->openIn(connections_.waitMs(place.endpoint, loop_.nowUs()));
  return link;
}

Link& LinkPool::linkForOne(NodeIndex node) {
  draining_.push_back(makeLink(places_[node], Use::Once));
  draining_.back()->serveOnce();
  return *draining_.back();
}

void LinkPool::replace(Link& link) {
  for (Place& place : places_) {
    if (place.link.get() == &link && !connections_.full(place.endpoint)) return retire(std::move(place.link));
  }
}

void LinkPool::renew() {
  for (Place& place : places_) {
    const bool stays = open_ == Open::ToMasters && place.link != nullptr;
    drainAside(std::move(place.link));
    for (auto& warm : place.warm) drainAside(std::move(warm));
    place.warm.clear();
    if (stays) link(static_cast<NodeIndex>(&place - places_.data())).keepOpen();
  }
  listens_ = false;
  recall();
}

void LinkPool::drainAside(std::unique_ptr<Link> link) {
  if (link == nullptr) return;
  draining_.push_back(std::move(link));
  draining_.back()->drain();
}

void LinkPool::retire(std::unique_ptr<Link> link) {
  if (link == nullptr) return;
  drainAside(std::move(link));
  forget();
}

void LinkPool::recall() {
  eachLink([](Link& link) { link.recall(); });
}

void LinkPool::flush() {
  while (Link* link = dirty_.popFront()) link->flush();
  for (Link* link : drained_) {
    if (link->dirtyHook.linked()) dirty_.remove(*link);
    link->close("drained");
    connections_.left(link->endpoint());
    std::erase_if(draining_, [link](const auto& held) { return held.get() == link; });
  }
  drained_.clear();
}

void LinkPool::beat(uint64_t nowUs) {
  for (const Place& place : places_) {
    if (place.link != nullptr) place.link->beat(nowUs, listener_ == nullptr ? kQuietUs : kQuietForOneUs);
  }
}

bool LinkPool::checkStalled(uint64_t nowUs, uint64_t limitUs) {
  eachLink([&](Link& link) {
    const uint64_t silentUs = link.silentUs(nowUs);
    if (silentUs <= std::min(limitUs, kSuspiciousUs)) return;
    const Place* const place = placeOf(link);
    const bool failed = place != nullptr && place->failed;
    if (place != nullptr && silentUs > kSuspiciousUs && nowUs > suspectedUs_ + kSuspiciousUs) {
      suspectedUs_ = nowUs;
      owner_.poolFailed(place->endpoint);
    }
    link.checkStalled(nowUs, failed ? std::min(limitUs, kSuspiciousUs) : limitUs);
  });
  const bool replaced = replaceSilent(nowUs);
  tellBusy(nowUs);
  return replaced;
}

// What has not been written goes to the fresh link.
bool LinkPool::replaceSilent(uint64_t nowUs) {
  bool replaced = false;
  for (Place& place : places_) {
    if (place.link == nullptr || place.link->silentUs(nowUs) <= timeouts_.busyAfterMs * 1000) continue;
    Link& silent = *place.link;
    retire(std::move(place.link));
    place.link = makeLink(place, Use::Shared);
    if (open_ == Open::ToMasters) place.link->keepOpen();
    silent.recall();
    replaced = true;
  }
  return replaced;
}

// A fresh link's greeting is the question whether the node is busy; those who wait on the old one are told the answer.
void LinkPool::tellBusy(uint64_t nowUs) {
  std::vector<std::pair<Endpoint, std::string>> stillBusy;
  for (size_t i = 0; i < draining_.size(); ++i) {
    Link& silent = *draining_[i];
    if (silent.silentUs(nowUs) <= timeouts_.busyAfterMs * 1000) continue;
    const Place* const place = placeOf(silent);
    if (place != nullptr && place->link != nullptr) {
      place->link->open();
      // Not even its machine answers: what a busy node would still do is not waited for.
      if (place->link->unreachable()) silent.checkStalled(nowUs, timeouts_.busyAfterMs * 1000);
    }
    const auto busy = std::ranges::find(busy_, silent.endpoint(), &std::pair<Endpoint, std::string>::first);
    if (busy == busy_.end()) continue;
    stillBusy.push_back(*busy);
    silent.tellBusy(stillBusy.back().second);
  }
  busy_ = std::move(stillBusy);
}

void LinkPool::linkBusy(Link& link, Slice error) {
  const auto known = std::ranges::find(busy_, link.endpoint(), &std::pair<Endpoint, std::string>::first);
  if (known == busy_.end()) {
    busy_.emplace_back(link.endpoint(), error);
  } else {
    known->second = error;
  }
}

void LinkPool::close(Slice reason) {
  eachLink([&](Link& link) { link.close(reason); });
}

// A change of state is worth a line, each further attempt is not, and of a private link its user tells.
void LinkPool::linkFailed(Link& link, Slice reason) {
  if (link.state() == Link::State::Closed) return;
  if (link.wasReady()) forget();
  if (link.wasReady() && link.mark() != 0) owner_.poolLostWrites(link.mark());
  if (isShared(link) && link.failures() == 1) log::warn("link_failed", {{"node", link.endpoint().text()}, {"reason", reason}});
  owner_.poolFailed(link.endpoint());
  if (link.objects()) return;
  // One that stood until now says that the node was there, whatever another still waits for.
  const uint64_t silentUs = link.wasReady() ? 0 : sharedSilentUs(link.endpoint());
  owner_.poolLost(link.endpoint(), loop_.nowUs() - silentUs);
}

// Of the thousands that clients may have for themselves none is asked: when they are lost, they are lost together.
uint64_t LinkPool::sharedSilentUs(const Endpoint& node) const {
  uint64_t silentUs = 0;
  const auto ask = [&](const std::unique_ptr<Link>& link) {
    const bool there = link != nullptr && link->endpoint() == node;
    if (there) silentUs = std::max(silentUs, link->silentUs(loop_.nowUs()));
  };
  for (const Place& place : places_) ask(place.link);
  std::ranges::for_each(draining_, ask);
  return silentUs;
}

// Between the loss of a connection that listens to its node, or the coming of a master, and now something has been missed.
void LinkPool::linkReady(Link& link, uint32_t failures) {
  if (failures > 0) log::info("link_recovered", {{"node", link.endpoint().text()}});
  owner_.poolReached(link.endpoint());
  if (open_ != Open::ToMasters || !isShared(link)) return;
  if (listens_) forget();
  const auto ready = [](const Place& place) { return place.link == nullptr || place.link->state() == Link::State::Ready; };
  listens_ = listens_ || std::ranges::all_of(places_, ready);
}

void LinkPool::linkDrained(Link& link) {
  if (std::find(drained_.begin(), drained_.end(), &link) == drained_.end()) drained_.push_back(&link);
}

}  // namespace slotway
