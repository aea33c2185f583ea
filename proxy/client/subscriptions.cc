#include "client/subscriptions.h"

#include <algorithm>

#include "client/client.h"
#include "pubsub/renamed_channels.h"

namespace slotway {

Subscriptions::~Subscriptions() { leaveAll(); }

// --- what it is subscribed to ---

// Shard channels are counted by themselves.
size_t Subscriptions::counted(TopicKind kind) const {
  if (kind == TopicKind::Shard) return count(kind);
  return count(TopicKind::Channel) + count(TopicKind::Pattern);
}

void Subscriptions::add(Topic& topic, uint64_t sequence) {
  auto& subscription = byTopic_[&topic];
  if (subscription != nullptr) {
    subscription->asked = sequence;
    return;
  }
  subscription = std::make_unique<Subscription>(static_cast<Subscriber&>(*this), topic);
  subscription->since = subscription->asked = sequence;
  lists_[static_cast<size_t>(topic.kind)].pushBack(*subscription);
  hub_.join(*subscription);
}

void Subscriptions::drop(Topic& topic) {
  const auto found = byTopic_.find(&topic);
  if (found == byTopic_.end()) return;
  hub_.leave(*found->second);
  lists_[static_cast<size_t>(topic.kind)].remove(*found->second);
  byTopic_.erase(found);
}

std::string Subscriptions::atNodes(TopicKind kind, Slice name) const {
  const Renaming* const renaming = client_.renaming();
  return renaming == nullptr ? std::string(name) : topicAtNodes(renaming->keyspace(), kind, name).value_or(std::string(name));
}

std::string Subscriptions::ofClient(const Topic& topic) const {
  const Renaming* const renaming = client_.renaming();
  return renaming == nullptr ? topic.name : topicOfClient(renaming->keyspace(), topic.kind, topic.name);
}

void Subscriptions::joinAll(TopicKind kind, std::span<const Slice> names, Waiting& waiting) {
  lastJoin_ = waiting.sequence;
  for (const Slice name : names) {
    Topic& topic = hub_.topic(kind, atNodes(kind, name));
    add(topic, waiting.sequence);
    waiting.topics.push_back(&topic);
    appendJoined(waiting.frames, kind, name, counted(kind), client_.version());
  }
}

// Those of the named ones, or of all, that it is subscribed to.
std::vector<Topic*> Subscriptions::subscribed(TopicKind kind, std::span<const std::string> names) const {
  std::vector<Topic*> topics;
  for (const std::string& name : names) {
    Topic* const topic = hub_.find(kind, atNodes(kind, name));
    if (topic != nullptr && byTopic_.contains(topic)) topics.push_back(topic);
  }
  const List& all = lists_[static_cast<size_t>(kind)];
  const Subscription* each = names.empty() ? all.front() : nullptr;
  for (; each != nullptr; each = all.next(*each)) topics.push_back(&each->topic);
  return topics;
}

void Subscriptions::leaveNamed(Waiting& waiting) {
  const TopicKind kind = waiting.kind;
  const auto leaveOne = [&](Topic* topic, Slice name) {
    if (topic != nullptr && byTopic_.contains(topic)) {
      waiting.topics.push_back(topic);
      drop(*topic);
    }
    appendLeft(waiting.frames, kind, name, counted(kind), client_.version());
  };
  for (const std::string& name : waiting.names) leaveOne(hub_.find(kind, atNodes(kind, name)), name);
  if (!waiting.names.empty()) return;
  List& all = lists_[static_cast<size_t>(kind)];
  if (all.empty()) appendLeftNothing(waiting.frames, kind, counted(kind), client_.version());
  while (!all.empty()) leaveOne(&all.front()->topic, ofClient(all.front()->topic));
}

void Subscriptions::leaveBehindFence(Waiting& waiting) {
  waiting.fence = 0;
  const std::vector<Topic*> fenced = std::exchange(waiting.topics, {});
  leaveNamed(waiting);
  wait(waiting);
  for (Topic* topic : fenced) hub_.awaitNoMore(*topic);
}

size_t Subscriptions::footprint() const {
  size_t bytes = heldBytes_;
  for (const auto& [topic, subscription] : byTopic_) bytes += topic->weight.bytes() + subscription->weight.bytes();
  return bytes;
}

void Subscriptions::leaveAll() {
  for (const Waiting& waiting : waiting_) stopWaiting(waiting);
  waiting_.clear();
  hub_.forget(*this);
  for (List& list : lists_) {
    while (Subscription* first = list.front()) drop(first->topic);
  }
  held_.clear();
  heldBytes_ = 0;
}

// --- commands that wait for the nodes and the other workers ---

void Subscriptions::change(Step step, TopicKind kind, std::span<const Slice> names, const Exchange& exchange, uint64_t order,
                           Bytes& out) {
  Waiting waiting{order, exchange.sequence(), exchange.sinceUs(), {}, {}, 0, kind, {}};
  if (step == Step::Join) {
    joinAll(kind, names, waiting);
  } else {
    waiting.names.assign(names.begin(), names.end());
    waiting.topics = subscribed(kind, waiting.names);
    waiting.fence = hub_.fence(waiting.topics);
    if (waiting.fence == 0) {
      waiting.topics.clear();
      leaveNamed(waiting);
    }
  }
  if (settled(waiting)) {
    confirm(waiting);
    return out.append(waiting.frames.slice());
  }
  wait(waiting);
  waiting_.push_back(std::move(waiting));
}

bool Subscriptions::settled(const Waiting& waiting) const {
  return waiting.fence == 0 && std::ranges::all_of(waiting.topics, [&](const Topic* topic) {
    return byTopic_.contains(topic) ? hub_.joined(*topic) : hub_.left(*topic);
  });
}

Subscription* Subscriptions::unconfirmed(const Topic& topic) const {
  const auto found = byTopic_.find(&topic);
  return found == byTopic_.end() || found->second->confirmed ? nullptr : found->second.get();
}

// Why a node did not want one of its topics; empty: none said so.
Slice Subscriptions::refusal(const Waiting& waiting) const {
  for (const Topic* topic : waiting.topics) {
    if (!topic->refusal.empty() && unconfirmed(*topic) != nullptr) return topic->refusal;
  }
  return "";
}

void Subscriptions::confirm(const Waiting& waiting) {
  for (const Topic* topic : waiting.topics) {
    Subscription* const subscription = unconfirmed(*topic);
    if (subscription == nullptr) continue;
    subscription->confirmed = true;
    subscription->since = waiting.sequence;
  }
}

void Subscriptions::wait(const Waiting& waiting) {
  for (Topic* topic : waiting.topics) hub_.await(*topic, *this);
}

void Subscriptions::stopWaiting(const Waiting& waiting) {
  for (Topic* topic : waiting.topics) hub_.awaitNoMore(*topic);
}

// What a later command asks for is that one's. Who wanted to leave has left.
void Subscriptions::giveUp(Waiting& waiting) {
  if (waiting.fence != 0) leaveBehindFence(waiting);
  for (Topic* topic : waiting.topics) {
    const Subscription* const subscription = unconfirmed(*topic);
    if (subscription != nullptr && subscription->asked == waiting.sequence) drop(*topic);
  }
  stopWaiting(waiting);
}

void Subscriptions::giveUp(uint64_t sequence) {
  const auto found = std::ranges::find(waiting_, sequence, &Waiting::answers);
  if (found == waiting_.end()) return;
  giveUp(*found);
  waiting_.erase(found);
}

void Subscriptions::lookAgain() {
  std::deque<Waiting> waiting = std::exchange(waiting_, {});
  for (Waiting& each : waiting) {
    if (each.fence != 0 && hub_.passed(each.topics, each.fence)) leaveBehindFence(each);
    const Slice refused = refusal(each);
    if (settled(each)) {
      confirm(each);
      stopWaiting(each);
      client_.answerLater(each.answers, each.frames.slice());
    } else if (!refused.empty()) {
      client_.answerLater(each.answers, "-" + std::string(refused) + "\r\n");
      giveUp(each);
    } else {
      waiting_.push_back(std::move(each));
    }
  }
  if (waiting_.empty()) hub_.forget(*this);
}

void Subscriptions::checkTime(uint64_t nowUs, uint64_t nowMs) {
  checkBehind(nowMs);
  const uint64_t deadlineUs = client_.router_.settings().timeouts.requestDeadlineMs * 1000;
  // The exchange is failed by its queue, at the same moment.
  while (!waiting_.empty() && nowUs >= waiting_.front().sinceUs + deadlineUs) {
    giveUp(waiting_.front());
    waiting_.pop_front();
  }
  if (waiting_.empty()) hub_.forget(*this);
}

// --- messages ---

// Not inside an answer, and not before the confirmation.
bool Subscriptions::blocked(uint64_t since) const {
  if (client_.desk_ == nullptr || client_.queue().empty()) return false;
  const Exchange& head = *client_.queue().head();
  return head.state() == Exchange::State::Streaming || head.sequence() <= since;
}

void Subscriptions::message(const Subscription& subscription, Slice frame) {
  const uint64_t since = subscription.confirmed ? subscription.since : subscription.asked;
  const Renaming* const renaming = client_.renaming();
  Bytes renamed;
  const Heard heard = renaming == nullptr ? Heard::AsItIs : renameMessage(renaming->keyspace(), frame, renamed);
  if (heard != Heard::NotTheirs) hear(heard == Heard::Renamed ? renamed.slice() : frame, since);
}

void Subscriptions::hear(Slice frame) { hear(frame, lastJoin_); }

void Subscriptions::hear(Slice frame, uint64_t since) {
  if (client_.phase_ != Client::Phase::Open) return;
  if (!held_.empty()) release();
  if (!held_.empty() || blocked(since)) {
    hold(frame, since);
  } else {
    appendFrame(client_.sitDown().out, frame, client_.version());
  }
  client_.markDirty();
  client_.router_.loop().countGrowth(frame.size());
  if (client_.router_.loop().full() || client_.house_.scratch().isScarce()) giveNow();
  checkBehind(client_.router_.loop().nowMs());
}

// One message is a thousand times as much for as many subscribers: it does not wait for the turn's end, where it would leave
// what the process holds or be too much for it.
void Subscriptions::giveNow() {
  client_.write();
  if (client_.router_.loop().full()) client_.house_.relieveMemory();
}

// Behind others that are held.
void Subscriptions::hold(Slice frame, uint64_t since) {
  if (held_.empty() || held_.back().since < since) held_.push_back({since, {}});
  heldBytes_ += frame.size();
  appendFrame(held_.back().frames, frame, client_.version());
}

void Subscriptions::release() {
  while (!held_.empty() && !blocked(held_.front().since)) {
    const Bytes& frames = held_.front().frames;
    client_.sitDown().out.append(frames.slice());
    heldBytes_ -= frames.size();
    held_.pop_front();
  }
}

// As Redis's client-output-buffer-limit for the class pubsub.
void Subscriptions::checkBehind(uint64_t nowMs) {
  if (client_.phase_ == Client::Phase::Gone) return;
  const Settings::Limits& limits = client_.limits();
  const size_t behind = client_.unread() + heldBytes_;
  const bool tooLong = behind_.passed(behind, limits.clientPubsubSoftBytes, limits.clientPubsubSoftMs, nowMs);
  if (!any() || (behind <= limits.clientPubsubBytes && !tooLong)) return;
  // Its subscriptions go with it, at the turn's end: a message may be on its way through them.
  client_.cutOff(Failure::SubscriberLimit);
}

}  // namespace slotway
