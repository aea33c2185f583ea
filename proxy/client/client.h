// One client's connection: reads requests, lets the gate decide, keeps answers in order, writes when a FlushList says so.
//
//     bytes -> RequestParser -> gate -> Exchange (joins the OrderQueue) ... settled -> out --flush, one write--> bytes
//
// What it needs while a request is on its way stands on a Desk that the house lends; at rest it has none.
//
//     Reading  <-> Held (too much unanswered or unread: no more is read)
//        +-- end of file, QUIT, protocol error --> Finishing (what is in flight is answered) --> Gone
//
// Owner: the Worker. Thread: the worker's.
#pragma once
#include <functional>
#include <memory>

#include "base/intrusive_list.h"
#include "base/path.h"
#include "client/desk.h"
#include "client/house.h"
#include "client/session.h"
#include "exchange/router.h"
#include "uv/stream.h"

namespace slotway {

class Subscriptions;

class Client final : private StreamOwner, private ExchangeOwner {
 public:
  /// All of them outlive it.
  Client(ClientHouse& house, Router& router, const ListenerSettings& listener, uint64_t id);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Takes over an accepted descriptor and begins to read. False: the system refused it.
  bool open(int fd);
  /// The rest of a pipeline of which it has been answered a little is still to come: one write for all is better.
  bool gathers() const;
  /// One write; reads and parses on when there is room again.
  void flush();
  /// Every 100 ms or so: deadlines, and the idle time-out.
  void checkTime(uint64_t nowUs, uint64_t nowMs);
  /// No more requests are read; the connection closes when those in flight are answered.
  SLOTWAY_RARE void finish();
  /// Now, whatever is in flight.
  SLOTWAY_RARE void close();

  /// The answer to a question that went to all workers.
  void answerLater(uint64_t sequence, Slice reply);
  /// A line that is no answer, for a monitor.
  void show(Slice line);
  bool isMonitor() const { return session_.monitoring() != nullptr; }
  /// Makes a number of subscribers one Redis's, `reply` being what the node at `place` (empty: all masters) has said to
  /// `request`. What tells of a message leaves when that has reached its subscribers here. False: it is no such number.
  SLOTWAY_RARE bool recountAt(const std::string& place, Recount what, Slice request, Slice reply, Bytes& answer);
  /// A pause has ended.
  void wake();
  /// Keys that another client tracks have changed, `keys` being a frame; empty: any of them may have.
  void hearInvalidated(Slice keys);
  /// The client that it redirects to is gone.
  void redirectBroken();
  ClientFacts facts() const;
  /// Memory has to be given back: it goes, with its answers at once, and what has not left for a node goes nowhere.
  SLOTWAY_RARE void closeForMemory();
  /// Bytes of its requests, answers and messages that are held here; 0 of one that is closed.
  size_t footprint() const;
  const ListenerSettings& listener() const { return listener_; }
  /// Null: its keys are called at the nodes as it calls them.
  Renaming* renaming() const { return listener_.hashTag.empty() ? nullptr : &house_.scratch().renamingFor(listener_); }
  uint64_t id() const { return session_.id; }
  resp::Version version() const { return session_.version; }
  /// CLIENT UNBLOCK, `how` being TIMEOUT or ERROR. `told` hears whether it was blocked and is no more.
  SLOTWAY_RARE void unblock(Slice how, std::function<void(bool)> told);
  /// Nobody can say what became of writes to these masters of that upstream (Router::tellLosses).
  void hearLost(const Router& router, uint64_t marks) {
    if (&router_ == &router) session_.written.lose(marks);
  }

  Hook dueHook;     ///< these two for a FlushList
  Hook gatherHook;
  Hook listHook;    ///< for the worker's

 private:
  friend class ApartAnswers;
  friend class LocalAnswers;
  friend struct Ask;
  friend class SubscriptionAnswers;
  friend class SubscriptionCall;
  friend class Subscriptions;
  friend class Tracking;
  friend class TrackingSwitch;

  enum class Phase : uint8_t { Open, Finishing, Gone };
  static constexpr size_t kHoldBytes = ClientScratch::kHoldBytes;

  std::pair<char*, size_t> readTarget() override;
  void onBytes(size_t count) override;
  void onEnd() override;
  void onBroken(Slice reason) override;
  void onWritten() override;
  void onConnected(Slice failure) override;
  SLOTWAY_STRAIGHT void exchangeSettled(Exchange& exchange, Slice reply) override;
  void exchangeBytes(Exchange& exchange, Slice bytes) override;
  void exchangeTorn(Exchange& exchange, Failure why) override;
  SLOTWAY_RARE void exchangeSlow(Exchange& exchange, uint64_t tookUs, uint64_t upstreamUs) override;

  Desk& sitDown();
  void standUp();
  bool desksAreScarce() const;
  bool answered() const;
  bool blocked() const;
  /// Nothing is on its way, and the socket will tell when something is.
  bool atRest() const { return stream_.reading() && answered() && (desk_ == nullptr || desk_->in.empty()); }
  OrderQueue& queue() const { return *desk_->queue; }
  /// All its earlier requests are answered; it is at the one that it is handling.
  bool quiet() const { return queue().size() == 1; }
  /// Only when it is quiet, as all that changes the links that serve it.
  SLOTWAY_RARE void speak(resp::Version version);
  SLOTWAY_RARE void trackNothing();
  LinkPool& links();

  void parseHeld();
  size_t parse(char* data, size_t size, Bytes* storage);
  SLOTWAY_RARE void protocolError(Failure failure, Slice text);
  SLOTWAY_RARE void cutOff(Failure why);
  SLOTWAY_RARE void handleInline(std::span<const Slice> words);
  SLOTWAY_STRAIGHT void handle(const Request& request);
  void dispatch(Exchange& exchange, const Request& request, const Command& command);
  SLOTWAY_APART void dispatchRenamed(Exchange& exchange, const Request& request, const Command& command);
  SLOTWAY_APART void routeOverAll(Exchange& exchange, const Request& request, const Command& command);
  void route(Exchange& exchange, const Request& request, const Command& command);
  SLOTWAY_RARE void beginTracked(const Command* command);
  SLOTWAY_RARE void routeTold(Exchange& exchange, const Request& request, const Command& command, Slice word);
  SLOTWAY_RARE void notReached(Exchange& exchange);
  std::string whyNotReached() const;
  SLOTWAY_RARE std::pair<char*, size_t> stopForMemory();
  Exchange& joinQueue(const Command* command);
  bool mustHoldLines() const;
  SLOTWAY_RARE void showHeld();
  SLOTWAY_RARE void tellMonitors(const Request& request, const Command& command);
  SLOTWAY_RARE bool postpones(char* data, size_t size);
  bool mustWait(const Command* command) const;
  std::vector<std::string> wordsAnsweredHere(const Command& command) const;
  SLOTWAY_RARE bool pausedNow(const ClientScratch& scratch) const;

  /// Made when first needed.
  Subscriptions& subscriptions();
  /// Subscribed, in RESP2: a reply would be taken for a message.
  SLOTWAY_RARE bool onlySubscribing() const;
  SLOTWAY_RARE Slice recounted(Exchange& exchange, Slice reply);
  SLOTWAY_APART Slice renamed(Exchange& exchange, Slice reply);

  void deliver(Exchange& exchange, Slice reply);
  /// A frame that is no answer: it goes behind the answers that have come so far.
  SLOTWAY_RARE void push(Slice frame);
  /// The same, behind the answer to the exchange with this sequence.
  SLOTWAY_RARE void pushBehind(uint64_t sequence, Slice frame);
  SLOTWAY_RARE void releasePushes();
  void flushSettled();
  void append(Slice bytes);
  void take(Bytes& bytes);
  bool mayAppend(size_t bytes);
  void writeNow(Slice bytes);
  void write();
  SLOTWAY_APART size_t mostInFlight() const;
  SLOTWAY_RARE void countInFlight(Exchange& exchange, size_t bytes);
  SLOTWAY_RARE void addInFlight(size_t bytes);
  bool held() const;
  void holdBack();
  SLOTWAY_RARE void notePause();
  void setHeavy(bool heavy);
  void readOn();
  void resumeLink();
  void markDirty();
  void keep(Exchange& exchange, Slice bytes);
  void checkBehind(bool subscribed, uint64_t nowMs);
  /// Answers that the socket has not taken.
  size_t unread() const { return (desk_ == nullptr ? 0 : desk_->out.size()) + stream_.unwritten(); }
  /// And those that wait for their turn. With a desk only.
  size_t waiting() const { return unread() + desk_->keptBytes; }
  const Settings::Limits& limits() const { return router_.settings().limits; }

  ClientHouse& house_;
  Router& router_;
  const ListenerSettings& listener_;  ///< that it came by
  Stream stream_;
  Session session_;
  std::unique_ptr<Desk> desk_;  ///< null at rest
  Phase phase_ = Phase::Open;
};

}  // namespace slotway
