// What one client is subscribed to, and how messages reach it: behind the confirmation that they must not overtake, never
// inside a streaming answer, and not without end if it does not read.
//
//     Hub --message--> behind its answers (Client's out) ... one write a turn
//                  \-> held, while its confirmation has not left or an answer is streaming
//
// Owner: the client's Session, there once it has subscribed. Thread: the worker's.
#pragma once
#include <array>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "client/soft_limit.h"
#include "pubsub/hub.h"

namespace slotway {

class Client;
class Exchange;

class Subscriptions final : private Subscriber {
 public:
  Subscriptions(Client& client, Hub& hub) : client_(client), hub_(hub) {}
  ~Subscriptions();
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  enum class Step : uint8_t { Join, Leave };
  /// Subscribes to what is named, or unsubscribes; to leave without names is to leave all of this kind. When that stands and
  /// all workers know of it, the answer goes into `out`; later than in this call, to Client::answerLater() for `exchange`.
  /// What was published before it leaves still comes.
  /// Messages follow the answer to the exchange with the sequence `order`.
  void change(Step step, TopicKind kind, std::span<const Slice> names, const Exchange& exchange, uint64_t order, Bytes& out);
  /// The deadline of the exchange with this sequence has passed: it is answered by another, and subscribed to nothing.
  void giveUp(uint64_t sequence);
  /// Leaves everything, at once and without a word.
  void leaveAll();

  size_t count(TopicKind kind) const { return lists_[static_cast<size_t>(kind)].size(); }
  bool any() const { return !byTopic_.empty(); }
  size_t heldBytes() const { return heldBytes_; }
  /// What would be given back if it left; of a topic that others have, too, all the same.
  size_t footprint() const;

  /// A message of no topic of its own, as RESP2 has it.
  void hear(Slice frame);
  /// Messages that were held go behind what is in `out` now, if nothing keeps them any more. Behind every answer: what is
  /// answered next may say that they come no more.
  void release();
  /// Every 100 ms or so: what has waited for the nodes for too long is given up, who does not read is cut off.
  void checkTime(uint64_t nowUs, uint64_t nowMs);

 private:
  /// A command that is to be answered.
  struct Waiting {
    uint64_t sequence;              ///< of the exchange whose answer its messages follow
    uint64_t answers;               ///< of its own exchange: another one in a transaction
    uint64_t sinceUs;
    Bytes frames;                   ///< the answer
    std::vector<Topic*> topics;     ///< all of them have to be settled
    uint64_t fence;                 ///< before it leaves these topics all is to come that they have said; 0: it has
    TopicKind kind;
    std::vector<std::string> names; ///< to leave behind the fence; empty: all of this kind
  };
  struct Held {
    uint64_t since;  ///< the confirmation of this command comes first
    Bytes frames;
  };
  using List = IntrusiveList<Subscription, &Subscription::subscriberHook>;

  void message(const Subscription& subscription, Slice frame) override;
  void lookAgain() override;

  size_t counted(TopicKind kind) const;
  /// What a client calls `name` and the nodes perhaps otherwise, and back.
  std::string atNodes(TopicKind kind, Slice name) const;
  std::string ofClient(const Topic& topic) const;
  void joinAll(TopicKind kind, std::span<const Slice> names, Waiting& waiting);
  std::vector<Topic*> subscribed(TopicKind kind, std::span<const std::string> names) const;
  void leaveNamed(Waiting& waiting);
  void leaveBehindFence(Waiting& waiting);
  void add(Topic& topic, uint64_t sequence);
  Subscription* unconfirmed(const Topic& topic) const;
  void drop(Topic& topic);
  bool settled(const Waiting& waiting) const;
  Slice refusal(const Waiting& waiting) const;
  void confirm(const Waiting& waiting);
  void wait(const Waiting& waiting);
  void stopWaiting(const Waiting& waiting);
  void giveUp(Waiting& waiting);
  bool blocked(uint64_t since) const;
  void hold(Slice frame, uint64_t since);
  void hear(Slice frame, uint64_t since);
  void checkBehind(uint64_t nowMs);
  SLOTWAY_RARE void giveNow();

  Client& client_;
  Hub& hub_;
  std::array<List, kTopicKinds> lists_;  ///< in the order in which they were made
  std::unordered_map<const Topic*, std::unique_ptr<Subscription>> byTopic_;
  std::deque<Waiting> waiting_;
  std::deque<Held> held_;
  size_t heldBytes_ = 0;
  uint64_t lastJoin_ = 0;      ///< sequence of the last command that subscribed
  SoftLimit behind_;           ///< of messages that are not read
};

}  // namespace slotway
