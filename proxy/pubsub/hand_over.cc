// The part of the Hub that decides whose messages are taken while a topic changes places.
//
//     ordinary      from the voice alone: every node says the same; from two while a home is left that still speaks, without
//                   copies of what the other has said
//     shard, of the nodes of one shard (a master and its replicas: a failover)
//                   from the voice alone, without copies of what the voice before it has said
//     shard, of nodes of different shards (a slot that moves)
//                   from each: they say different things
#include <algorithm>

#include "pubsub/hub.h"

namespace slotway {
namespace {

bool ofOneShardBy(const SlotMap& map, Slice one, Slice other) {
  const auto masterOf = [&](Slice nodeId) -> Slice {
    const NodeIndex node = map.findId(nodeId);
    if (node == kNoNode) return {};
    return map.node(node).role == Role::Master ? map.node(node).id : map.node(node).masterId;
  };
  const Slice shard = masterOf(one);
  return !shard.empty() && shard == masterOf(other);
}

}  // namespace

// In the middle of a failover a node may take both for masters; the map before knows better.
bool Hub::ofOneShard(Slice nodeId, Slice other) const {
  return ofOneShardBy(*map_, nodeId, other) || (before_ != nullptr && ofOneShardBy(*before_, nodeId, other));
}

bool Hub::taken(const SubscriptionLink& link, Topic& topic, Slice frame) {
  const uint64_t nowUs = router_.nowUs();
  if (topic.kind != TopicKind::Shard) {
    if (topic.voice != &link && !bothHeard(link, topic)) return false;
    if (leavesHomeUs_ == 0 && nowUs >= topic.copiesUntilUs) return true;
  } else if (topic.at(link) == nullptr) {
    return false;
  } else if (topic.voice != &link) {
    return topic.voice == nullptr || !ofOneShard(link.nodeId(), topic.voice->nodeId());
  }
  if (nowUs < topic.copiesUntilUs && copies_.copied(frame, &link, nowUs)) return false;
  copies_.remember(frame, &link, nowUs);
  return true;
}

bool Hub::bothHeard(const SubscriptionLink& link, const Topic& topic) const {
  return topic.kind != TopicKind::Shard && router_.nowUs() < bothHeardUntilUs_ && link.nodeId() == topic.heardAt;
}

// From here on it is `link`. What the last one had not yet said, and this one had said before it stood, is lost.
void Hub::giveVoice(Topic& topic, const SubscriptionLink& link) {
  const bool takesOver = topic.voice != nullptr && topic.voice != &link;
  if (takesOver && topic.counted && !bothHeard(*topic.voice, topic)) router_.cells().add(Counter::PubSubGaps);
  topic.voice = &link;
  if (topic.kind != TopicKind::Shard) return;
  if (topic.heardAt == link.nodeId()) return;
  topic.copiesUntilUs = ofOneShard(topic.heardAt, link.nodeId()) ? router_.nowUs() + Copies::kMemoryUs : 0;
  topic.heardAt = link.nodeId();
}

// A place stands that did not. One that hears the same as others has the voice only if there is none or if it is wanted for
// that. Where all masters are heard, the one to which messages are published says them first and in their order.
void Hub::offerVoice(Topic& topic, const Place& place) {
  if (topic.voice == place.link) return;
  if (topic.spread != Spread::Masters) {
    if (topic.voice == nullptr || place.wanted) giveVoice(topic, *place.link);
    return;
  }
  if (topic.voice != nullptr) return;
  if (topic.counted || topic.stands() || nearest(*place.link)) passVoiceOn(topic);
}

bool Hub::nearest(const SubscriptionLink& link) const {
  const NodeIndex first = router_.speaker();
  return first != kNoNode && router_.map().node(first).id == link.nodeId();
}

// Nobody has it: another place that stands has the messages, too.
void Hub::passVoiceOn(Topic& topic) {
  const Place* other = nullptr;
  for (const Place& place : topic.places) {
    if (place.state != Place::State::Standing) continue;
    if (other == nullptr || nearest(*place.link)) other = &place;
  }
  if (other != nullptr) giveVoice(topic, *other->link);
}

// It has no more to say there.
void Hub::takeVoice(Topic& topic, const SubscriptionLink& link) {
  if (topic.voice != &link) return;
  topic.voice = nullptr;
  passVoiceOn(topic);
}

// It may say what nobody else does: whoever has not heard that the slot has moved publishes there. The node itself ends it,
// as soon as it hears of that; should it not, there is an end to it.
bool Hub::lingers(const Topic& topic, const Place& place) const {
  if (topic.subscriptions.empty() || topic.voice == nullptr) return false;
  if (topic.kind != TopicKind::Shard) return bothHeard(*place.link, topic);
  if (place.state != Place::State::Standing || ofOneShard(place.link->nodeId(), topic.voice->nodeId())) return false;
  return router_.loop().nowMs() < place.lingersUntilMs;
}

}  // namespace slotway
