// What clients of this worker are subscribed to, and where that stands at the nodes.
//
//     Subscription ----\                     /--- Place: node a, Standing
//     Subscription -----> Topic "news" -----+
//     Subscription ----/                     \--- Place: node b, Asked
//
// Owner: a Hub owns topics, a subscriber its subscriptions. Thread: the worker's.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/intrusive_list.h"
#include "cluster/hash_slot.h"
#include "pubsub/subscription_link.h"
#include "pubsub/topic_kind.h"

namespace slotway {

class Topic;

/// One client of this worker and one topic.
struct Subscription {
  Subscription(class Subscriber& who, Topic& what) : subscriber(who), topic(what) {}
  static constexpr size_t kPlaceInMap = 64;

  class Subscriber& subscriber;
  Topic& topic;
  Weight weight{sizeof(Subscription) + kPlaceInMap};
  // The subscriber's own:
  uint64_t since = 0;      ///< the request that made it, or confirmed it
  uint64_t asked = 0;      ///< the last one that asked for it
  bool confirmed = false;  ///< one of these has been answered: no failure undoes it
  Hook topicHook;
  Hook subscriberHook;  ///< the subscriber's
};

/// A client of this worker. Called from links' events and from the turn's end.
class Subscriber {
 public:
  /// `frame` is a node's whole frame, valid during the call.
  virtual void message(const Subscription& subscription, Slice frame) = 0;
  /// Something that it waits for (Hub::await) may have come about.
  virtual void lookAgain() = 0;
  Hook waitHook;  ///< the Hub's

 protected:
  ~Subscriber() = default;
};

/// Where a topic has to stand.
enum class Spread : uint8_t {
  Anywhere,   ///< one node will do: its messages reach all
  Masters,    ///< every master: some of its messages stay where they arise
  SlotOwner,  ///< the owner of its slot
};

struct Place {
  enum class State : uint8_t {
    Asked,     ///< or to be asked when its link is ready
    Standing,
    Leaving,
    Refused,   ///< asked again at retryMs
  };
  SubscriptionLink* link;
  State state = State::Asked;
  bool wanted = true;
  uint64_t serial = 0;   ///< of the last wish
  uint64_t retryMs = 0;
  uint64_t lingersUntilMs = 0;  ///< since it is not wanted any more
};

class Topic {
 public:
  Topic(TopicKind topicKind, Slice topicName, Spread topicSpread, HashSlot topicSlot)
      : kind(topicKind), name(topicName), spread(topicSpread), slot(topicSlot), weight(weightOf(topicName)) {}

  /// With its place in the Hub's map, at a link and in the letters to other workers.
  static size_t weightOf(Slice name) { return sizeof(Topic) + sizeof(Place) + 256 + 3 * name.size(); }

  Place* at(const SubscriptionLink& link) {
    const auto found = std::ranges::find(places, &link, &Place::link);
    return found == places.end() ? nullptr : &*found;
  }
  /// Nothing that is published from now on is missed.
  bool stands() const {
    const auto missing = [](const Place& place) { return place.wanted && place.state != Place::State::Standing; };
    return aligned && std::ranges::none_of(places, missing);
  }

  const TopicKind kind;
  const std::string name;
  const Spread spread;
  const HashSlot slot;  ///< of a shard channel
  const Weight weight;
  IntrusiveList<Subscription, &Subscription::topicHook> subscriptions;
  std::vector<Place> places;
  /// From here messages are taken that come from several nodes.
  const SubscriptionLink* voice = nullptr;
  std::string heardAt;         ///< of a shard channel: the id of the node whose link is or was the voice; else the home that was left
  uint64_t copiesUntilUs = 0;  ///< till then the voice may repeat what another one has said
  std::string refusal;       ///< why a node did not want it; empty: none did
  uint32_t awaited = 0;      ///< commands that wait for it
  bool aligned = false;      ///< there are places for all nodes that it needs
  bool counted = false;      ///< it has stood, so its subscribers count
  uint64_t toldSerial = 0;   ///< of the letter that told the other workers last
  Hook untoldHook;           ///< something is to be told
  Hook emptyHook;            ///< nobody is subscribed: it goes
};

}  // namespace slotway
