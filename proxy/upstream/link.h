// One connection to one node, shared by all clients of a worker: a pipeline of legs.
//
//     submit --> [ queued legs ] --flush, one write per turn--> [ sent legs ] --reply scanned--> oldest sent leg settles
//                                                                     ^ first in, first out: replies never cross
//
//     Idle --first leg--> Connecting --> Greeting --> Ready --> (Draining) --> Closed
//       ^                     |             |           |
//       +----- back-off ------+-------------+-----------+   queued legs wait for the next connection, sent ones settle
//
// Owner: the LinkPool. Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/intrusive_list.h"
#include "base/path.h"
#include "cluster/node.h"
#include "metrics/cells.h"
#include "resp/reply_scanner.h"
#include "settings/settings.h"
#include "upstream/greeting.h"
#include "upstream/leg.h"
#include "uv/stream.h"
#include "uv/timer.h"

namespace slotway {

using LegList = IntrusiveList<Leg, &Leg::hook>;

/// What a link tells the one who keeps it.
class LinkOwner {
 public:
  /// Something waits for flush(); called once until then.
  virtual void linkDirty(Link& link) = 0;
  /// A connection was lost or could not be made. The topology may have changed.
  virtual void linkFailed(Link& link, Slice reason) = 0;
  /// For how many milliseconds a lost one at least is not connected anew.
  virtual uint64_t reconnectsIn(Link&) { return 0; }
  /// Its connection stands, after so many failures since the last one.
  virtual void linkReady(Link&, uint32_t /*failures*/) {}
  /// Draining and nothing left to do: it may be destroyed once the turn ends.
  virtual void linkDrained(Link& link) = 0;
  /// An out-of-band message (RESP3) has come, between two replies: all of it, valid during the call.
  virtual void linkPushed(Link&, Slice /*frame*/) {}
  /// While greeting: the node is busy with a script, and says `error` to all who ask.
  virtual void linkBusy(Link&, Slice /*error*/) {}

 protected:
  ~LinkOwner() = default;
};

class Link final : private StreamOwner {
 public:
  enum class State : uint8_t { Idle, Connecting, Greeting, Ready, Waiting, Closed };

  Link(Loop& loop, LinkOwner& owner, Cells& cells, const Settings::Timeouts& timeouts, Endpoint endpoint,
       GreetingSteps greeting);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Takes `leg` (Idle, wire filled). It is written at the end of the turn, or when the connection stands.
  /// Settles later, never inside this call.
  void submit(Leg& leg);
  /// Writes what is queued. Called by the owner at the turn's end.
  void flush();
  /// Takes back one leg that has not been written (Queued); it becomes Idle and is not told.
  void cancel(Leg& leg);
  /// Takes back every leg of which no byte has been written; they settle as Unsent, in order.
  void recall();
  /// Connects now, and again whenever the connection is lost, although nobody waits: it listens, or somebody has to know
  /// when the node is back.
  void keepOpen();
  /// Only while somebody waits from here on.
  void openWhenNeeded() { keptOpen_ = false; }
  /// No new work comes: finishes what there is, then tells linkDrained().
  void drain();
  bool draining() const { return draining_; }
  /// The next work is its last: then it is drained.
  void serveOnce() { draining_ = true; }
  /// Connects although nothing has been submitted yet.
  void open() {
    if (state_ == State::Idle) connect();
  }
  /// Connects no sooner. For one that nothing has been submitted to yet.
  void openIn(uint64_t waitMs);
  /// All who wait behind the oldest leg are told that the node is busy with that one.
  void tellBusy(Slice error);
  /// For good: gives up the connection and settles all legs (Unsent or Lost).
  void close(Slice reason);
  /// For how long a reply has been owed while nothing arrived; 0 when none is, or while reading is paused.
  uint64_t silentUs(uint64_t nowUs) const;
  /// Asks the node whether it is there, if nothing has come from it for `quietUs` and nothing is under way: what it owes then
  /// makes it silent.
  void beat(uint64_t nowUs, uint64_t quietUs);
  /// Loses the connection when the oldest sent leg has waited longer than `limitUs` and nothing has arrived for as long:
  /// the node hangs.
  void checkStalled(uint64_t nowUs, uint64_t limitUs);

  /// Stops reading replies, for a client that does not keep up with one. Its neighbours wait too, so after 100 ms that
  /// client is given up (legStuck()) and reading goes on; where nobody else waits, after the request deadline.
  void pause();
  void resume();
  bool paused() const { return paused_; }
  /// Has the kernel taken all of `leg`, which is Sent?
  bool hasLeft(const Leg& leg) const { return leg.sentEnd <= handedOver_ - (stream_ == nullptr ? 0 : stream_->unwritten()); }
  /// Is `leg`, which is in it, all that it has to do?
  bool alone(const Leg& leg) const { return queued_.size() + sent_.size() == 1 && sent_.front() == &leg; }

  const Endpoint& endpoint() const { return endpoint_; }
  /// The node's number for this connection, where the greeting asks for it; 0: unknown.
  uint64_t number() const { return number_; }
  /// What stands for its node among the masters (see LinkPool::adopt); 0: nothing does.
  uint64_t mark() const { return mark_; }
  void setMark(uint64_t mark) { mark_ = mark; }
  State state() const { return state_; }
  /// Connections that failed or were lost since it was last ready.
  uint32_t failures() const { return failures_; }
  /// Of the connection that was lost last: was it ready?
  bool wasReady() const { return wasReady_; }
  /// The node answers and cannot be used as it is: it refused the greeting, or is busy with a script.
  bool objects() const { return objects_; }
  /// Its last attempt to connect has failed before anything could be said.
  bool unreachable() const { return unreachable_; }
  bool idle() const { return sent_.empty() && queued_.empty(); }
  Hook dirtyHook;  ///< for the owner's list of links to flush

 private:
  // That it is answered is all that counts, whatever the answer.
  struct Heartbeat final : LegOwner {
    SLOTWAY_RARE void legSettled(Leg&, Outcome, Slice) override { leg.state = LegState::Idle; }
    void legBytes(Leg&, Slice) override {}
    void legStuck(Leg&) override {}
    Leg leg;
  };

  std::pair<char*, size_t> readTarget() override;
  SLOTWAY_STRAIGHT void onBytes(size_t count) override;
  void onEnd() override;
  void onBroken(Slice reason) override;
  void onWritten() override;
  void onConnected(Slice failure) override;

  SLOTWAY_RARE void connect();
  void onTimer();
  void writeQueued();
  SLOTWAY_RARE void ready();
  SLOTWAY_RARE void lose(Slice reason);
  void markDirty();
  void frame(Slice reply);
  SLOTWAY_RARE void swallow(Leg& leg, Slice reply);
  SLOTWAY_RARE void greetingReply(Slice reply);
  bool isEarly(const Leg& leg) const;
  void keepRest(Slice input, size_t from);

  Loop& loop_;
  LinkOwner& owner_;
  Cells& cells_;
  const Settings::Timeouts& timeouts_;
  const Endpoint endpoint_;
  const GreetingSteps greeting_;

  std::unique_ptr<Stream> stream_;
  Timer timer_;  ///< Connecting, Greeting: time-out; Waiting: back-off; Ready: longest pause
  Heartbeat heartbeat_;
  LegList queued_;
  LegList sent_;
  ReplyScanner scanner_;
  Bytes partial_;           ///< the beginning of a reply whose end has not come
  size_t scanned_ = 0;      ///< how much of partial_ the scanner is done with
  uint64_t lastBytesUs_ = 0;
  uint64_t pausedUs_ = 0;   ///< since when, if it is
  uint64_t handedOver_ = 0; ///< bytes of legs that this connection's stream has been given
  uint64_t mark_ = 0;
  uint32_t failures_ = 0;   ///< since it was last ready
  size_t greetingStep_ = 0;
  uint64_t number_ = 0;
  uint32_t generation_ = 0; ///< of connections: replies are handled only for the one they came from
  State state_ = State::Idle;
  Outcome refusal_ = Outcome::Unsent;  ///< why the node refused the greeting: Denied, NoResp3
  bool draining_ = false;
  bool keptOpen_ = false;
  bool wasReady_ = false;
  bool objects_ = false;
  bool unreachable_ = false;
  bool paused_ = false;
  uint32_t swallowed_ = 0;  ///< of the replies before the one that counts, of sent_'s first leg
  bool streaming_ = false;  ///< bytes of sent_'s first leg's reply have gone through legBytes()
};

}  // namespace slotway
