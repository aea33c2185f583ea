// One connection to one node on which a worker is subscribed. Nothing else goes over it, so a stream of messages and a
// pipeline of requests are never in each other's way.
//
//     ask(join a), ask(leave b) --turn's end, one write--> node
//     node --> granted / refused (first in, first out), messages, news that a shard channel has left
//
//     Connecting --> Greeting --> Ready --> lost --> (back-off) Waiting --> Connecting     Closed: for good
//
// Owner: a Hub. Thread: the worker's.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "cluster/node.h"
#include "metrics/cells.h"
#include "pubsub/frames.h"
#include "resp/reply_scanner.h"
#include "settings/settings.h"
#include "upstream/greeting.h"
#include "uv/stream.h"
#include "uv/timer.h"

namespace slotway {

class SubscriptionLink;

/// What was asked of a node and has not been answered. A Ping changes nothing: all that the node has said before has come
/// with its answer.
struct SubscriptionWish {
  enum class Verb : uint8_t { Join, Leave, Ping };
  TopicKind kind;
  Verb verb;
  uint64_t serial;  ///< the asker's own number
  std::string topic;
};

/// Called from the link's own events, from flush() and from tick(). Each may close the link, none may destroy it.
class SubscriptionLinkOwner {
 public:
  virtual void linkReady(SubscriptionLink& link) = 0;
  /// All that stood or was asked for is gone. `wasReady`: it had been connected.
  virtual void linkLost(SubscriptionLink& link, Slice reason, bool wasReady) = 0;
  /// Of a Ping: it has been answered.
  virtual void wishGranted(SubscriptionLink& link, const SubscriptionWish& wish) = 0;
  /// `error` is the node's text, without '-'.
  virtual void wishRefused(SubscriptionLink& link, const SubscriptionWish& wish, Slice error) = 0;
  /// The node has ended a subscription by itself: the slot of a shard channel has gone elsewhere.
  virtual void putOut(SubscriptionLink& link, TopicKind kind, Slice topic) = 0;
  virtual void messageCame(SubscriptionLink& link, const PubSubFrame& frame, Slice bytes) = 0;

 protected:
  ~SubscriptionLinkOwner() = default;
};

class SubscriptionLink final : private StreamOwner {
 public:
  SubscriptionLink(Loop& loop, SubscriptionLinkOwner& owner, Cells& cells, const Settings::Timeouts& timeouts,
                   std::string nodeId, Endpoint endpoint, GreetingSteps greeting);
  ~SubscriptionLink();
  SubscriptionLink(const SubscriptionLink&) = delete;
  SubscriptionLink& operator=(const SubscriptionLink&) = delete;

  /// Only when ready. Leaves with flush().
  void ask(SubscriptionWish wish);
  /// The last that was asked has this serial or one behind it, and is on its way.
  bool asksSince(uint64_t serial) const { return !asked_.empty() && asked_.back().serial >= serial; }
  /// Nothing is on its way that was asked under this serial or one before it.
  bool answeredTo(uint64_t serial) const { return asked_.empty() || asked_.front().serial > serial; }
  void flush();
  /// Every 100 ms or so: is the node still there?
  void tick(uint64_t nowMs);
  /// Another place at this node is needed, or one less.
  void needMore() { ++needed_; }
  void needLess() { --needed_; }
  bool needed() const { return needed_ > 0; }
  /// For good; the owner is not told.
  void close();

  bool ready() const { return state_ == State::Ready; }
  bool closed() const { return state_ == State::Closed; }
  /// Connections that failed or were lost since it was last ready.
  uint32_t failures() const { return failures_; }
  const std::string& nodeId() const { return nodeId_; }
  const Endpoint& endpoint() const { return endpoint_; }
  /// "host:port", as others know the place.
  const std::string& place() const { return place_; }

 private:
  enum class State : uint8_t { Connecting, Greeting, Ready, Waiting, Closed };

  std::pair<char*, size_t> readTarget() override;
  void onBytes(size_t count) override;
  void onEnd() override;
  void onBroken(Slice reason) override;
  void onWritten() override;
  void onConnected(Slice failure) override;

  void connect();
  void onTimer();
  void lose(Slice reason);
  uint64_t backoffMs() const;
  void frame(Slice bytes);
  bool late(Slice reply) const;
  void greetingReply(Slice reply);
  void answered(Slice reply);

  Loop& loop_;
  SubscriptionLinkOwner& owner_;
  Cells& cells_;
  const Settings::Timeouts& timeouts_;
  const std::string nodeId_;
  const Endpoint endpoint_;
  const std::string place_;
  const GreetingSteps greeting_;
  std::unique_ptr<Stream> stream_;
  Timer timer_;  ///< Connecting, Greeting: time-out; Waiting: back-off
  ReplyScanner scanner_;
  Bytes partial_;         ///< the beginning of a frame whose end has not come
  size_t scanned_ = 0;    ///< how much of partial_ the scanner is done with
  Bytes out_;             ///< what leaves with the next flush
  std::deque<SubscriptionWish> asked_;
  uint64_t heardMs_ = 0;  ///< when bytes last came
  uint64_t pingedMs_ = 0; ///< when it was last asked whether it is there; 0: it has answered since
  size_t greetingStep_ = 0;
  size_t needed_ = 0;     ///< places of topics
  uint32_t failures_ = 0;
  uint32_t generation_ = 0;
  State state_ = State::Waiting;
};

}  // namespace slotway
