// What this worker is subscribed to at one upstream: each topic once, for however many clients.
//
//     clients --join, leave--> topics --at the turn's end--> links, one a node that is needed --> nodes
//     clients <--message, one copy each-- topics <---------- links
//
// Where a topic stands follows the map and the links: an ordinary channel at one node, `home`, whichever that is; what may
// hear keyspace events at every master; a shard channel at the owner of its slot. Of several places that say the same one has
// the topic's voice, and messages are taken from it alone.
//
// * Ordinary channels and patterns: who has the voice keeps it, as a replica too, and what clients of ours publish goes to
//   that node (Router::speaker). A planned failover changes nothing: each message comes once, and in order. When the node is
//   being emptied the voice passes on, and for a moment both are heard: nothing is lost, and copies are known.
// * Shard channels: whoever loses the slot ends the subscription. Till the new owner is known a failed-over master hears on
//   as a replica; then the new owner has the voice, and copies of what the old one has said are known (Copies). When the slot
//   moves to another shard both nodes are heard. What is published while it changes places may be lost. Each message comes
//   once, and in order for each node; what the old owner takes while it is replaced may come late, from the new one.
// * When the voice is lost, and whenever it passes to another place, that something may be lost is counted.
//
// Owner: the Worker, one per upstream. Thread: the worker's.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/intrusive_list.h"
#include "exchange/router.h"
#include "pubsub/arrival.h"
#include "pubsub/census.h"
#include "pubsub/copies.h"
#include "pubsub/keyspace_events.h"
#include "pubsub/subscription_link.h"
#include "pubsub/topic.h"

namespace slotway {

class Hub final : private SubscriptionLinkOwner {
 public:
  /// Takes what the other workers must hear; with one worker it is not called.
  struct Voice {
    std::function<void(CensusNews)> census;
    std::function<void(size_t worker, ArrivalNews)> arrival;
  };
  Hub(Router& router, size_t upstream, size_t worker, size_t workers, Voice voice);
  ~Hub();

  // --- for subscribers ---
  /// The topic, made if it is new. Between this and join() nothing may come.
  Topic& topic(TopicKind kind, Slice name);
  /// Nothing if no client of this worker is subscribed to it.
  Topic* find(TopicKind kind, Slice name) const;
  void join(Subscription& subscription);
  void leave(Subscription& subscription);
  /// The subscriber has a command that waits for this topic: it is asked to look again until it waits no more.
  void await(Topic& topic, Subscriber& subscriber);
  /// One command waits no more.
  void awaitNoMore(Topic& topic);
  /// The subscriber waits for nothing at all.
  void forget(Subscriber& subscriber);
  /// It stands, and all workers know how many subscribers it has.
  bool joined(const Topic& topic) const { return known(topic) && topic.stands() && topic.counted; }
  /// The opposite, for one that has left it: where nobody is subscribed any more, it stands nowhere.
  bool left(const Topic& topic) const { return known(topic) && (!topic.subscriptions.empty() || topic.places.empty()); }
  /// Asks the nodes for a word by which all has come that they have said of these topics. 0: there is nobody to ask.
  uint64_t fence(std::span<Topic* const> topics);
  /// It has come.
  bool passed(std::span<Topic* const> topics, uint64_t fence) const;

  // --- for who publishes ---
  /// The publisher waits until all that the node there has said by now has been given to its subscribers, at all workers;
  /// where there can be none it waits for nothing, and nowhere for longer than a second.
  SLOTWAY_RARE void awaitArrival(const std::string& place, Publisher& publisher);
  /// It waits no more.
  SLOTWAY_RARE void forget(Publisher& publisher);

  // --- for the worker ---
  /// At the turn's end: what was asked for leaves, one write a link.
  void flush();
  bool dirty() const { return dirty_ || version_ != router_.version(); }
  /// Every 100 ms or so.
  void tick();
  /// What another worker has.
  void hear(const CensusNews& news);
  void hear(const ArrivalNews& news);
  /// They are leaving, and may be gone before they answer.
  void waitForNoOther();
  /// All other workers have heard what we told under this serial.
  void heard(uint64_t serial);
  void close();

  const Census& census() const { return census_; }
  Router& router() { return router_; }

 private:
  using Topics = std::unordered_map<std::string, std::unique_ptr<Topic>, SliceHash, std::equal_to<>>;

  void linkReady(SubscriptionLink& link) override;
  void linkLost(SubscriptionLink& link, Slice reason, bool wasReady) override;
  void wishGranted(SubscriptionLink& link, const SubscriptionWish& wish) override;
  void wishRefused(SubscriptionLink& link, const SubscriptionWish& wish, Slice error) override;
  void putOut(SubscriptionLink& link, TopicKind kind, Slice topic) override;
  void messageCame(SubscriptionLink& link, const PubSubFrame& frame, Slice bytes) override;

  // hub.cc
  bool known(const Topic& topic) const { return !topic.untoldHook.linked() && topic.toldSerial <= lastHeard_; }
  void recount(Topic& topic);
  TopicCount countOf(const Topic& topic) const;
  void tellCounts();
  void bury();
  void deliver(Topic& topic, Slice bytes);
  bool repeats(const SubscriptionLink& link, const Topic& topic) const;
  bool speaksFor(const SubscriptionLink& link, HashSlot slot) const;
  void keyspaceEvent(SubscriptionLink& link, Topic& topic, const PubSubFrame& frame, Slice bytes);
  void releaseHeld();

  // arrival.cc
  SubscriptionLink* speakingAt(const std::string& place) const;
  uint64_t askToSpeak(const std::string& place);
  bool hasArrived(const Arrival& arrival) const;
  void lookAtArrivals();

  // standing.cc
  void realign();
  void chooseHome();
  void leaveHomeLater();
  void leaveHome();
  bool hears(const std::string& nodeId) const;
  bool atMaster(const SubscriptionLink& link) const;
  void recountAt(const SubscriptionLink& link);
  void align(Topic& topic);
  void want(Topic& topic, NodeIndex node);
  void leaveUnwanted(Topic& topic);
  size_t erasePlaces(Topic& topic, const std::function<bool(const Place&)>& which);
  void forgetPlace(Topic& topic, const SubscriptionLink& link);
  void askFor(Topic& topic, Place& place, SubscriptionWish::Verb verb);
  void stoodUp(Topic& topic, Place& place);
  void fellDown(Topic& topic, SubscriptionLink& link);
  void redirected(SubscriptionLink& link, Place& place, const Redirect& redirect);
  void askForOwner(const SubscriptionLink& link);
  void dropUnused();
  void retryRefused();
  SubscriptionLink& linkTo(NodeIndex node);

  // hand_over.cc
  bool ofOneShard(Slice nodeId, Slice other) const;
  bool taken(const SubscriptionLink& link, Topic& topic, Slice frame);
  bool bothHeard(const SubscriptionLink& link, const Topic& topic) const;
  void giveVoice(Topic& topic, const SubscriptionLink& link);
  void offerVoice(Topic& topic, const Place& place);
  void passVoiceOn(Topic& topic);
  void takeVoice(Topic& topic, const SubscriptionLink& link);
  bool nearest(const SubscriptionLink& link) const;
  bool lingers(const Topic& topic, const Place& place) const;

  template <class Visit>
  void eachTopic(Visit visit) {
    for (Topics& topics : topics_) {
      for (auto& [name, topic] : topics) visit(*topic);
    }
  }

  Router& router_;
  const size_t upstream_;
  const size_t worker_;
  const size_t workers_;
  const Voice voice_;
  std::array<Topics, kTopicKinds> topics_;
  std::vector<std::unique_ptr<SubscriptionLink>> links_;
  std::vector<std::unique_ptr<SubscriptionLink>> retired_;  ///< to be destroyed at the turn's end
  std::string home_;         ///< a node's id; empty: not chosen
  std::string unreachable_;  ///< of the node that was home and could not be reached
  uint64_t leavesHomeUs_ = 0;   ///< not 0: it is on its way out, and is left then
  uint64_t bothHeardUntilUs_ = 0;  ///< the home that was left is heard beside the new one
  Census census_;
  std::unique_ptr<EchoFilter> echoes_;  ///< there once a keyspace event has come
  IntrusiveList<Topic, &Topic::untoldHook> untold_;
  IntrusiveList<Topic, &Topic::emptyHook> empty_;
  IntrusiveList<Subscriber, &Subscriber::waitHook> waiting_;
  std::shared_ptr<const SlotMap> map_;     ///< that places are by
  std::shared_ptr<const SlotMap> before_;  ///< the one before
  Copies copies_;
  std::vector<Arrival> arrivals_;
  IntrusiveList<Publisher, &Publisher::hook> publishers_;
  uint64_t lastArrival_ = 0;
  bool alone_ = false;       ///< no other worker is asked
  uint64_t version_ = 0;     ///< the router's, with the slots that have moved since
  uint64_t lastWish_ = 0;
  uint64_t lastTold_ = 0;
  uint64_t lastHeard_ = 0;
  bool dirty_ = false;
  bool anyRefused_ = false;  ///< a place is to be asked for again
  bool anyUnused_ = false;   ///< a link has lost its last place
  bool anyLingers_ = false;  ///< a place is left later
  bool ownerAsked_ = false;  ///< in this tick
};

}  // namespace slotway
