#include "pubsub/hub.h"

#include <algorithm>

#include "base/check.h"

namespace slotway {

namespace {

Spread spreadOf(TopicKind kind, Slice name) {
  if (kind == TopicKind::Shard) return Spread::SlotOwner;
  const bool keyspace = kind == TopicKind::Channel ? isKeyspaceChannel(name) : mayMatchKeyspaceChannel(name);
  return keyspace ? Spread::Masters : Spread::Anywhere;
}

}  // namespace

Hub::Hub(Router& router, size_t upstream, size_t worker, size_t workers, Voice voice)
    : router_(router), upstream_(upstream), worker_(worker), workers_(workers), voice_(std::move(voice)),
      map_(router.news().map), version_(router.version()) {}

Hub::~Hub() {
  close();
  while (untold_.popFront() != nullptr) {
  }
  while (empty_.popFront() != nullptr) {
  }
  while (publishers_.popFront() != nullptr) {
  }
}

void Hub::close() {
  for (auto& link : links_) link->close();
}

// --- who is subscribed ---

Topic* Hub::find(TopicKind kind, Slice name) const {
  const Topics& topics = topics_[static_cast<size_t>(kind)];
  const auto found = topics.find(name);
  return found == topics.end() ? nullptr : found->second.get();
}

Topic& Hub::topic(TopicKind kind, Slice name) {
  if (Topic* known = find(kind, name)) return *known;
  const HashSlot slot = kind == TopicKind::Shard ? hashSlot(name) : kNoSlot;
  auto made = std::make_unique<Topic>(kind, name, spreadOf(kind, name), slot);
  Topic& topic = *made;
  topics_[static_cast<size_t>(kind)].emplace(topic.name, std::move(made));
  empty_.pushBack(topic);
  dirty_ = true;
  return topic;
}

void Hub::join(Subscription& subscription) {
  Topic& topic = subscription.topic;
  topic.subscriptions.pushBack(subscription);
  dirty_ = true;
  if (topic.emptyHook.linked()) {
    empty_.remove(topic);
    topic.refusal.clear();
    align(topic);
  }
  recount(topic);
}

void Hub::leave(Subscription& subscription) {
  Topic& topic = subscription.topic;
  topic.subscriptions.remove(subscription);
  dirty_ = true;
  recount(topic);
  if (topic.subscriptions.empty()) empty_.pushBack(topic);
}

void Hub::await(Topic& topic, Subscriber& subscriber) {
  ++topic.awaited;
  if (!subscriber.waitHook.linked()) waiting_.pushBack(subscriber);
}

void Hub::awaitNoMore(Topic& topic) {
  --topic.awaited;
  dirty_ = true;
}

void Hub::forget(Subscriber& subscriber) {
  if (subscriber.waitHook.linked()) waiting_.remove(subscriber);
}

// A node's messages and answers come in the order in which it gave them.
uint64_t Hub::fence(std::span<Topic* const> topics) {
  const uint64_t first = lastWish_ + 1;
  for (const Topic* topic : topics) {
    for (const Place& place : topic->places) {
      const bool speaks = place.state == Place::State::Standing && place.link->ready();
      if (!speaks || place.link->asksSince(first)) continue;
      place.link->ask({topic->kind, SubscriptionWish::Verb::Ping, ++lastWish_, ""});
    }
  }
  dirty_ = true;
  return lastWish_ < first ? 0 : lastWish_;
}

bool Hub::passed(std::span<Topic* const> topics, uint64_t fence) const {
  return std::ranges::all_of(topics, [fence](const Topic* topic) {
    return std::ranges::all_of(topic->places, [fence](const Place& place) { return place.link->answeredTo(fence); });
  });
}

// --- the turn's end ---

void Hub::flush() {
  if (version_ != router_.version()) realign();
  if (!dirty_) return;
  dirty_ = false;
  // Who leaves and comes back within a turn has not left.
  for (Topic* topic = empty_.front(); topic != nullptr; topic = empty_.next(*topic)) align(*topic);
  tellCounts();
  for (size_t left = waiting_.size(); left > 0; --left) {
    Subscriber* const subscriber = waiting_.popFront();
    waiting_.pushBack(*subscriber);
    subscriber->lookAgain();
  }
  lookAtArrivals();
  dropUnused();
  for (size_t i = 0; i < links_.size(); ++i) links_[i]->flush();
  bury();
}

void Hub::bury() {
  retired_.clear();
  for (Topic* topic = empty_.front(); topic != nullptr;) {
    Topic* const next = empty_.next(*topic);
    const bool gone = topic->awaited == 0 && topic->places.empty() && !topic->untoldHook.linked();
    if (gone) {
      empty_.remove(*topic);
      Topics& topics = topics_[static_cast<size_t>(topic->kind)];
      topics.erase(topics.find(Slice(topic->name)));
    }
    topic = next;
  }
}

void Hub::tick() {
  const uint64_t nowMs = router_.loop().nowMs();
  for (size_t i = 0; i < links_.size(); ++i) links_[i]->tick(nowMs);
  if (anyRefused_) retryRefused();
  if (std::exchange(anyLingers_, false)) eachTopic([this](Topic& topic) { leaveUnwanted(topic); });
  if (leavesHomeUs_ != 0 && leavesHomeUs_ <= router_.nowUs()) leaveHome();
  copies_.forgetOld(router_.nowUs());
  if (!arrivals_.empty()) dirty_ = true;  // some may have been waited for for long enough
  ownerAsked_ = false;
  if (echoes_ != nullptr) releaseHeld();
}

// --- how many there are ---

TopicCount Hub::countOf(const Topic& topic) const {
  TopicCount count{topic.kind, topic.name, topic.counted ? topic.subscriptions.size() : 0, {}, {}};
  for (const Place& place : topic.places) {
    const bool there = place.state == Place::State::Standing || place.state == Place::State::Leaving;
    if (there) (atMaster(*place.link) ? count.places : count.replicas).push_back(place.link->place());
  }
  return count;
}

// What this worker has of a topic is other than it was.
void Hub::recount(Topic& topic) {
  topic.counted = !topic.subscriptions.empty() && (topic.counted || topic.stands());
  census_.set(worker_, countOf(topic));
  if (workers_ > 1 && !topic.untoldHook.linked()) untold_.pushBack(topic);
  dirty_ = true;
}

void Hub::tellCounts() {
  if (untold_.empty()) return;
  CensusNews news{worker_, upstream_, ++lastTold_, {}};
  while (Topic* topic = untold_.popFront()) {
    topic->toldSerial = lastTold_;
    news.counts.push_back(countOf(*topic));
  }
  voice_.census(std::move(news));
}

void Hub::hear(const CensusNews& news) {
  for (const TopicCount& count : news.counts) census_.set(news.worker, count);
}

void Hub::heard(uint64_t serial) {
  lastHeard_ = std::max(lastHeard_, serial);
  dirty_ = true;
}

// --- messages ---

void Hub::messageCame(SubscriptionLink& link, const PubSubFrame& frame, Slice bytes) {
  Topic* const topic = find(frame.kind, frame.topic);
  if (topic == nullptr) return;
  if (topic->spread == Spread::Masters && isKeyspaceChannel(frame.channel)) {
    return keyspaceEvent(link, *topic, frame, bytes);
  }
  // While a topic changes places, or stands at all masters, one message comes from several nodes.
  if (taken(link, *topic, bytes)) deliver(*topic, bytes);
}

void Hub::deliver(Topic& topic, Slice bytes) {
  router_.cells().add(Counter::PubSubMessages, topic.subscriptions.size());
  auto& subscriptions = topic.subscriptions;
  for (Subscription* each = subscriptions.front(); each != nullptr; each = subscriptions.next(*each)) {
    each->subscriber.message(*each, bytes);
  }
}

// A replica's events are those of its master, which is heard by itself. An expired key it reports as deleted.
bool Hub::repeats(const SubscriptionLink& link, const Topic& topic) const {
  const NodeIndex node = map_->findId(link.nodeId());
  if (node == kNoNode || map_->node(node).role == Role::Master) return false;
  return std::ranges::any_of(topic.places, [&](const Place& place) {
    return place.state == Place::State::Standing && place.link->nodeId() == map_->node(node).masterId;
  });
}

// Events arise at the slot's owner and, while the slot moves, at the node that takes it.
bool Hub::speaksFor(const SubscriptionLink& link, HashSlot slot) const {
  const NodeIndex node = router_.map().findId(link.nodeId());
  if (node == kNoNode) return false;
  const auto& moves = router_.map().migrations();
  const auto move = std::ranges::lower_bound(moves, slot, {}, &Migration::slot);
  const bool takes = move != moves.end() && move->slot == slot && move->target == node;
  return takes || router_.owner(slot) == node;
}

void Hub::keyspaceEvent(SubscriptionLink& link, Topic& topic, const PubSubFrame& frame, Slice bytes) {
  if (repeats(link, topic)) return;
  if (echoes_ == nullptr) echoes_ = std::make_unique<EchoFilter>();
  const HashSlot slot = hashSlot(keyOfEvent(frame.channel, frame.payload));
  if (speaksFor(link, slot)) {
    echoes_->fromOwner(bytes, router_.nowUs());
    return deliver(topic, bytes);
  }
  const EchoFilter::Fate fate = echoes_->fromOther(bytes, &link, router_.nowUs());
  if (fate == EchoFilter::Fate::PassOn) deliver(topic, bytes);
}

void Hub::releaseHeld() {
  if (echoes_->empty()) return;
  echoes_->release(router_.nowUs(), [this](Slice bytes) {
    const std::optional<PubSubFrame> frame = readPubSubFrame(bytes);
    Topic* const topic = find(frame->kind, frame->topic);
    if (topic != nullptr) deliver(*topic, bytes);
    // The node speaks of a key that is another's, as far as we know.
    router_.requestRefresh(RefreshCause::Moved);
  });
}

}  // namespace slotway
