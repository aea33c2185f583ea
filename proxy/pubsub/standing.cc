// The part of the Hub that sees to it that topics stand where they have to: at which nodes, what is asked of them, and
// what becomes of it when links are lost and slots move.
#include <algorithm>

#include "base/log.h"
#include "pubsub/hub.h"

namespace slotway {
namespace {

using Verb = SubscriptionWish::Verb;

// After a refusal that will pass, and after one that hardly will.
constexpr uint64_t kRetrySoonMs = 100;
constexpr uint64_t kRetryLaterMs = 1000;
// How long a place that is not wanted any more is kept, if it may still say something (see lingers).
constexpr uint64_t kLingerMs = 500;

bool isMaster(const SlotMap& map, Slice nodeId) {
  const NodeIndex node = map.findId(nodeId);
  return node != kNoNode && map.node(node).role == Role::Master;
}

}  // namespace

// --- by the map ---

void Hub::realign() {
  version_ = router_.version();
  dirty_ = true;
  if (!router_.ready()) return;
  if (map_ == router_.news().map) {
    leaveHomeLater();
    // A slot is elsewhere, as a node has told; the next map says the same.
    for (auto& [name, topic] : topics_[static_cast<size_t>(TopicKind::Shard)]) align(*topic);
    return;
  }
  before_ = std::exchange(map_, router_.news().map);
  if (!hears(home_)) home_.clear();
  leaveHomeLater();
  // What the cluster has given up is not waited for.
  for (auto& link : links_) {
    const NodeIndex node = router_.map().findId(link->nodeId());
    const bool there = node != kNoNode && router_.map().node(node).endpoint == link->endpoint();
    if (there && !router_.map().node(node).failed) {
      if (before_ != nullptr && isMaster(*before_, link->nodeId()) != atMaster(*link)) recountAt(*link);
      continue;
    }
    link->close();
    eachTopic([&](Topic& topic) { fellDown(topic, *link); });
  }
  eachTopic([this](Topic& topic) { align(topic); });
}

// What it has said shortly before must be known, as copies may be late.
void Hub::leaveHomeLater() {
  const bool leaves = !home_.empty() && router_.isOnItsWayOut(map_->findId(home_));
  if (!leaves) leavesHomeUs_ = 0;
  if (leaves && leavesHomeUs_ == 0) leavesHomeUs_ = router_.nowUs() + Copies::kMemoryUs;
}

// As a replica it does, too; but none is waited for.
bool Hub::hears(const std::string& nodeId) const {
  const NodeIndex node = map_->findId(nodeId);
  if (node == kNoNode || map_->node(node).failed) return false;
  const auto linked = [&](const auto& link) { return link->ready() && link->nodeId() == nodeId; };
  return map_->node(node).role == Role::Master || std::ranges::any_of(links_, linked);
}

bool Hub::atMaster(const SubscriptionLink& link) const { return isMaster(*map_, link.nodeId()); }

// Only masters are asked for numbers, so only places there count.
void Hub::recountAt(const SubscriptionLink& link) {
  eachTopic([&](Topic& topic) {
    if (topic.at(link) != nullptr) recount(topic);
  });
}

// Any master will do. The node to which messages are published is nearest to them.
void Hub::chooseHome() {
  const NodeIndex first = router_.speaker();
  std::vector<NodeIndex> nodes = router_.masters();
  nodes.insert(nodes.begin(), {first, router_.fixedMaster()});
  const auto taken = [this](NodeIndex index) {
    if (index == kNoNode || router_.isOnItsWayOut(index)) return false;
    const Node& node = router_.map().node(index);
    return !node.failed && node.id != unreachable_;
  };
  const auto found = std::ranges::find_if(nodes, taken);
  const NodeIndex home = found == nodes.end() ? first : *found;
  home_ = home == kNoNode ? "" : router_.map().node(home).id;
}

// While it can still be heard: it is about to be taken away.
void Hub::leaveHome() {
  leavesHomeUs_ = 0;
  const std::string left = home_;
  chooseHome();
  if (home_ == left) return;
  const uint64_t nowUs = router_.nowUs();
  bothHeardUntilUs_ = nowUs + Copies::kMemoryUs;
  eachTopic([&](Topic& topic) {
    if (topic.kind == TopicKind::Shard) return;
    if (topic.voice != nullptr && topic.voice->nodeId() == left) {
      topic.heardAt = left;
      topic.copiesUntilUs = bothHeardUntilUs_ + Copies::kMemoryUs;
      for (const Place& place : topic.places) {
        if (place.state == Place::State::Standing && place.link->nodeId() == home_) giveVoice(topic, *place.link);
      }
    }
    align(topic);
  });
}

// Sees to it that there are places at the nodes that the topic needs; leaves others once those stand.
void Hub::align(Topic& topic) {
  if (!router_.ready()) return;
  for (Place& place : topic.places) {
    if (std::exchange(place.wanted, false)) place.lingersUntilMs = router_.loop().nowMs() + kLingerMs;
  }
  topic.aligned = false;
  if (!topic.subscriptions.empty()) {
    if (home_.empty()) chooseHome();
    switch (topic.spread) {
      case Spread::SlotOwner: want(topic, router_.owner(topic.slot)); break;
      case Spread::Masters:
        for (const NodeIndex master : router_.masters()) {
          if (!router_.map().node(master).failed) want(topic, master);
        }
        // Messages are taken from one node, which need not be a master.
        want(topic, topic.voice == nullptr ? router_.speaker() : router_.map().findId(topic.voice->nodeId()));
        break;
      case Spread::Anywhere:
        want(topic, home_.empty() ? kNoNode : router_.map().findId(home_));
        break;
    }
  }
  leaveUnwanted(topic);
  if (!topic.counted && topic.stands()) recount(topic);
}

void Hub::want(Topic& topic, NodeIndex node) {
  if (node == kNoNode) return;
  topic.aligned = true;
  SubscriptionLink& link = linkTo(node);
  Place* place = topic.at(link);
  const bool ask = place == nullptr || place->state == Place::State::Leaving;
  if (place == nullptr) {
    place = &topic.places.emplace_back(Place{&link});
    link.needMore();
  }
  place->wanted = true;
  if (ask) askFor(topic, *place, Verb::Join);
}

SubscriptionLink& Hub::linkTo(NodeIndex index) {
  const Node& node = router_.map().node(index);
  for (auto& link : links_) {
    if (!link->closed() && link->nodeId() == node.id && link->endpoint() == node.endpoint) return *link;
  }
  const UpstreamSettings& upstream = router_.settings().upstreams[upstream_];
  links_.push_back(std::make_unique<SubscriptionLink>(
      router_.loop(), static_cast<SubscriptionLinkOwner&>(*this), router_.cells(), router_.settings().timeouts, node.id,
      node.endpoint, makeGreeting(upstream.username, upstream.password, node.id)));
  return *links_.back();
}

// Leaves with the link's next flush; a link that is not ready asks for all when it is.
void Hub::askFor(Topic& topic, Place& place, Verb verb) {
  place.state = verb == Verb::Join ? Place::State::Asked : Place::State::Leaving;
  place.serial = ++lastWish_;
  dirty_ = true;
  if (place.link->ready()) place.link->ask({topic.kind, verb, place.serial, topic.name});
}

// Those that do not stand anyway go at once, others when all stand that are wanted.
void Hub::leaveUnwanted(Topic& topic) {
  const bool leave = topic.subscriptions.empty() || topic.stands();
  const auto gone = [](const Place& place) { return !place.link->ready() || place.state == Place::State::Refused; };
  bool left = false;
  for (Place& place : topic.places) {
    if (!leave || place.wanted || gone(place) || place.state == Place::State::Leaving) continue;
    if (lingers(topic, place)) {
      anyLingers_ = true;
      continue;
    }
    askFor(topic, place, Verb::Leave);
    left = true;
  }
  const size_t erased = erasePlaces(topic, [&](const Place& place) { return !place.wanted && gone(place); });
  if (left || erased > 0) recount(topic);
}

// Links that no topic needs.
void Hub::dropUnused() {
  if (!std::exchange(anyUnused_, false)) return;
  for (size_t i = links_.size(); i-- > 0;) {
    if (links_[i]->needed()) continue;
    links_[i]->close();
    retired_.push_back(std::move(links_[i]));
    links_.erase(links_.begin() + static_cast<ptrdiff_t>(i));
  }
}

size_t Hub::erasePlaces(Topic& topic, const std::function<bool(const Place&)>& which) {
  return std::erase_if(topic.places, [&](const Place& place) {
    if (!which(place)) return false;
    place.link->needLess();
    anyUnused_ = anyUnused_ || !place.link->needed();
    return true;
  });
}

// It is no more among the topic's places.
void Hub::forgetPlace(Topic& topic, const SubscriptionLink& link) {
  erasePlaces(topic, [&](const Place& each) { return each.link == &link; });
  takeVoice(topic, link);
}

// --- by what the nodes answer ---

void Hub::linkReady(SubscriptionLink& link) {
  if (unreachable_ == link.nodeId()) unreachable_.clear();
  log::info("subscriptions_linked", {{"node", link.place()}});
  eachTopic([&](Topic& topic) {
    Place* const place = topic.at(link);
    if (place != nullptr) askFor(topic, *place, Verb::Join);
  });
}

void Hub::linkLost(SubscriptionLink& link, Slice reason, bool wasReady) {
  if (link.failures() == 1) log::warn("subscriptions_lost", {{"node", link.place()}, {"reason", reason}});
  dirty_ = true;
  eachTopic([&](Topic& topic) { fellDown(topic, link); });
  router_.requestRefresh(RefreshCause::LinkFailure);
  if (!atMaster(link)) {
    // There is no reason to come back to it.
    if (link.nodeId() == home_) unreachable_ = std::exchange(home_, "");
    return eachTopic([this](Topic& topic) { align(topic); });
  }
  // Any other master has the messages of ordinary channels too.
  if (wasReady || link.nodeId() != home_ || !router_.ready()) return;
  unreachable_ = home_;
  chooseHome();
  if (home_ != unreachable_) eachTopic([this](Topic& topic) { align(topic); });
}

// A link is lost: what stood there stands no more. Places that are still wanted stay, to be asked for.
void Hub::fellDown(Topic& topic, SubscriptionLink& link) {
  Place* const place = topic.at(link);
  if (place == nullptr) return;
  const bool stood = place->state == Place::State::Standing;
  const bool needed = topic.spread == Spread::Masters || topic.voice == &link;
  if (stood && needed && !topic.subscriptions.empty()) router_.cells().add(Counter::PubSubGaps);
  place->state = Place::State::Asked;
  if (!place->wanted || link.closed() || !atMaster(link)) forgetPlace(topic, link);
  takeVoice(topic, link);
  recount(topic);
}

void Hub::wishGranted(SubscriptionLink& link, const SubscriptionWish& wish) {
  if (wish.verb == Verb::Ping) {
    dirty_ = true;  // whoever waits for it looks again
    return;
  }
  Topic* const topic = find(wish.kind, wish.topic);
  Place* const place = topic == nullptr ? nullptr : topic->at(link);
  if (place == nullptr || place->serial != wish.serial) return;  // it has been asked otherwise since
  if (wish.verb == Verb::Join) return stoodUp(*topic, *place);
  forgetPlace(*topic, link);
  recount(*topic);
}

void Hub::stoodUp(Topic& topic, Place& place) {
  place.state = Place::State::Standing;
  topic.refusal.clear();
  if (topic.counted) router_.cells().add(Counter::PubSubResubscriptions);
  offerVoice(topic, place);
  leaveUnwanted(topic);
  recount(topic);
}

void Hub::wishRefused(SubscriptionLink& link, const SubscriptionWish& wish, Slice error) {
  Topic* const topic = find(wish.kind, wish.topic);
  Place* const place = topic == nullptr ? nullptr : topic->at(link);
  if (place == nullptr || place->serial != wish.serial) return;
  if (wish.verb == Verb::Leave) {
    // Its slot has moved away, and it with it.
    forgetPlace(*topic, link);
    return recount(*topic);
  }
  place->state = Place::State::Refused;
  anyRefused_ = dirty_ = true;
  if (const std::optional<Redirect> redirect = parseRedirect(error)) return redirected(link, *place, *redirect);
  place->retryMs = router_.loop().nowMs() + kRetryLaterMs;
  topic->refusal = error;
}

void Hub::redirected(SubscriptionLink& link, Place& place, const Redirect& redirect) {
  place.retryMs = router_.loop().nowMs() + kRetrySoonMs;
  if (redirect.kind != RedirectKind::Moved || !router_.ready()) {
    router_.requestRefresh(RefreshCause::ClusterDown);
    return;
  }
  // The map's new version moves the topic at the turn's end.
  const NodeIndex node = router_.nodeAt(redirect.endpoint, link.endpoint());
  if (node != kNoNode) router_.noteMoved(redirect.slot, node);
  router_.requestRefresh(RefreshCause::Moved, node == kNoNode ? redirect.endpoint : Endpoint{});
}

void Hub::retryRefused() {
  const uint64_t nowMs = router_.loop().nowMs();
  anyRefused_ = false;
  eachTopic([&](Topic& topic) {
    for (Place& place : topic.places) {
      if (place.state != Place::State::Refused) continue;
      place.retryMs <= nowMs ? askFor(topic, place, Verb::Join) : static_cast<void>(anyRefused_ = true);
    }
  });
}

// The slot has gone. If to another shard, the node says so when it is asked again. If to a replica of its own, it is one
// itself now, and hears on, though perhaps not all, until the map tells who the owner is: the node knows.
void Hub::putOut(SubscriptionLink& link, TopicKind kind, Slice name) {
  Topic* const topic = find(kind, name);
  Place* const place = topic == nullptr ? nullptr : topic->at(link);
  if (place == nullptr || place->state != Place::State::Standing) return;
  if (topic->voice == &link && !topic->subscriptions.empty()) router_.cells().add(Counter::PubSubGaps);
  if (!place->wanted) {
    forgetPlace(*topic, link);
    return recount(*topic);
  }
  askFor(*topic, *place, Verb::Join);
  takeVoice(*topic, link);
  recount(*topic);
  askForOwner(link);
}

// Many topics are put out at once.
void Hub::askForOwner(const SubscriptionLink& link) {
  if (!std::exchange(ownerAsked_, true)) router_.requestRefresh(RefreshCause::Moved, link.endpoint());
}

}  // namespace slotway
