// One client request and its one reply: sends its legs, gathers their replies, follows redirects, settles once.
//
//     begin(plan) -> legs -> OrderQueue::aim -> Link ... legSettled -> judge -> accept: reply kept or merged
//                              ^                                         |
//                              +----- park, release <--------------------+  refused: it did not run
//
//     Running --all legs accepted, failed or past the deadline--> Settled --client flushes--> released
//        |  ^-- next step of its course, if it has one
//        +----- Streaming (a large reply passes while it arrives) ---^
//
// Owner: the OrderQueue of its client; after that, while a leg is in a link still, the Router's orphans.
// Thread: the worker's.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/intrusive_list.h"
#include "base/path.h"
#include "command/command.h"
#include "command/plan.h"
#include "exchange/course.h"
#include "exchange/routed_leg.h"
#include "exchange/script_task.h"
#include "exchange/verdict.h"
#include "metrics/failures.h"
#include "resp/version.h"

namespace slotway {

class Exchange;
class LinkPool;
class OrderQueue;
class Router;
class Written;

/// The client's side. Called from links and timers, and from inside begin() when an answer is there at once; it may
/// release the exchange that it is told of, not others.
class ExchangeOwner {
 public:
  /// `reply` is the one whole frame of the answer, valid during the call. Keep it (exchange.keep) or flush it. It may be
  /// exchange.kept() already: then it can be taken instead of copied.
  virtual void exchangeSettled(Exchange& exchange, Slice reply) = 0;
  /// The next bytes of an answer that is on its way.
  virtual void exchangeBytes(Exchange& exchange, Slice bytes) = 0;
  /// The answer broke off after bytes of it were handed over: the connection cannot go on. With OutputLimit: its link has
  /// been paused for as long as others can be asked to wait, and goes on now; a client that does not read is given up.
  virtual void exchangeTorn(Exchange& exchange, Failure why) = 0;
  /// It took longer than Router::slowUs(), of which it waited for a node `upstreamUs` at most; exchangeSettled() follows.
  virtual void exchangeSlow(Exchange& exchange, uint64_t tookUs, uint64_t upstreamUs) {
    (void)exchange, (void)tookUs, (void)upstreamUs;
  }

 protected:
  ~ExchangeOwner() = default;
};

class Exchange final : private LegOwner {
 public:
  enum class State : uint8_t { Running, Streaming, Settled };

  Exchange() = default;
  SLOTWAY_RARE ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// Called by the OrderQueue when it is joined. `command` may be null: a reply that belongs to no command.
  void join(Router& router, OrderQueue& queue, ExchangeOwner& owner, const Command* command, uint64_t sequence);
  /// Back to new, for the pool.
  void reset();

  /// Sends what `plan` says of `request`. Both are the caller's; nothing in them is referred to afterwards. A request
  /// that is sent as it is takes over its storage, if it has one.
  void begin(const Request& request, const Plan& plan);
  /// The same of a request that goes step by step; its first step goes at once, or when all earlier exchanges have been
  /// answered.
  enum class First : uint8_t { AtOnce, WhenAlone };
  SLOTWAY_APART void begin(std::unique_ptr<Course> course, First first = First::AtOnce);
  /// Several requests of one slot (kNoSlot: of none) in one write, of which only the last one's reply counts: MULTI to EXEC.
  SLOTWAY_APART void beginWhole(Bytes&& wire, HashSlot slot, uint32_t preludes);
  /// A step has been answered, and the next one may go once all earlier exchanges have been.
  bool stepDue() const { return stepDue_; }
  SLOTWAY_APART void sendStep();
  /// What its course has waited for by itself has come.
  SLOTWAY_RARE void goOn();
  /// See Course.
  bool unblock(Slice how, std::function<void(bool)>& told) { return course_ != nullptr && course_->unblock(how, told); }
  /// For its course, whose time is up: what is on its way only reads, and of the replies that have come none `counts`.
  SLOTWAY_RARE bool mayEndStep(const std::function<bool(Slice reply)>& counts);
  /// Nothing of the step is waited for any more, and what has not left goes nowhere. The exchange may be gone afterwards.
  SLOTWAY_RARE void endStep();
  /// The exchange with this sequence that its course waits for; null: none.
  Exchange* within(uint64_t sequence) { return course_ == nullptr ? nullptr : course_->within(sequence); }
  /// An answer that needs no node.
  void answer(Slice reply);
  SLOTWAY_RARE void fail(Failure failure);
  SLOTWAY_RARE void failWith(Failure failure, Slice text);

  /// Past the deadline: legs that wait are given up, legs that are sent have an unknown outcome.
  SLOTWAY_RARE void expire();
  /// A node may take any time to answer, and the client is cut off from it when it leaves.
  bool blocks() const { return blocks_; }
  /// Nobody waits for what is under way on a private link: its connection is given up.
  SLOTWAY_RARE void giveUpPrivate();
  /// What is queued in links has nobody to go for, and goes nowhere. Nothing but detach() may follow.
  SLOTWAY_RARE void takeBack();
  /// The client is gone or has flushed the reply: legs in links are waited for, then it drops itself.
  void detach();
  /// Nothing of a detached one goes again: of what has left its links only the places in the pipelines are needed.
  SLOTWAY_RARE void lighten();
  /// Something that a node has said is a part of the answer, or may be: of the earlier steps of a course nothing is known.
  SLOTWAY_RARE bool nodesHaveAnswered();
  bool outstanding() const { return inLinks_ > 0; }

  State state() const { return state_; }
  const Command* command() const { return command_; }
  bool writes() const { return command_ != nullptr && !command_->has(CommandFlag::Repeatable); }
  uint64_t sequence() const { return sequence_; }
  /// The memory that it holds, in bytes.
  SLOTWAY_RARE size_t footprint();
  /// From when its deadline counts: its beginning, or that of the step that is on its way.
  uint64_t sinceUs() const { return sinceUs_; }
  /// When it has waited too long.
  uint64_t dueUs(uint64_t deadlineUs) { return blocks_ ? blockedDueUs(deadlineUs) : sinceUs_ + deadlineUs; }

  /// Bytes of the answer that the client could not take yet.
  void keep(Slice bytes) { reply_.append(bytes); }
  Bytes& kept() { return reply_; }
  const Bytes& kept() const { return reply_; }
  bool isKept(Slice reply) const { return reply.data() == reply_.data(); }
  /// The streaming client is behind: stop its link for a moment. resume() lets it go on.
  void pause();
  void resume();
  /// While its answer is streaming: does anybody else wait for the link?
  bool holdsUpOthers() const;

  /// A body that Scripts knows goes to a node with its request.
  SLOTWAY_RARE void bringsScript();
  /// The body in it, or what it asks of scripts, is remembered. Only for a command with a part in scripts; begin() does it.
  SLOTWAY_APART void noteScript(const Request& request);

  // For its Course: a leg of the next step; the request is written into what is returned.
  Bytes& toSlot(HashSlot slot) { return addLeg(slot, RoutedLeg::Aim::Slot).wire; }
  Bytes& toNode(const std::string& nodeId);
  /// ... with more to be said of its way; `wire` is to be filled.
  RoutedLeg& addLeg(HashSlot slot, RoutedLeg::Aim aim);
  Router& router() const { return *router_; }
  /// Of its client's links.
  resp::Version version() const;
  SLOTWAY_RARE Written& written() const;
  /// The legs of its next step go over these links.
  SLOTWAY_RARE void use(LinkPool& links);

  // For the OrderQueue.
  template <class Visit>
  void eachLeg(Visit visit) {
    for (size_t index = 0; index < legs_; ++index) visit(leg(index));
  }
  size_t legCount() const { return legs_; }
  RoutedLeg& leg(size_t index) { return index == 0 ? firstLeg_ : *moreLegs_[index - 1]; }
  /// Puts a leg on its way, or settles it; its target is `link` (null: nobody serves it). False: it was answered. If it is
  /// parked afterwards it waits for somebody to serve it.
  bool send(RoutedLeg& leg, Link* link);
  /// Whether there is room for one more that waits behind another; else it has been answered.
  SLOTWAY_RARE bool waitsBehind(RoutedLeg& leg);
  SLOTWAY_RARE bool missesNothing(const RoutedLeg& leg);
  SLOTWAY_RARE void failLeg(RoutedLeg& leg, Failure failure);
  /// A parked leg whose redirect waited for a refresh: judges it by the map. False: it was the script's own error and
  /// has been accepted as the answer.
  SLOTWAY_RARE bool confirm(RoutedLeg& leg);
  /// A parked leg whose node lacked the script or function that it names: it brings it now, or finds it brought. False:
  /// nobody knows it, and the node's word has been accepted as the answer.
  SLOTWAY_RARE bool mend(RoutedLeg& leg);
  /// A parked leg that must not go any more: later commands on its key have run.
  SLOTWAY_RARE void giveUpOvertaken(RoutedLeg& leg);

  Hook hook;           ///< in the OrderQueue, then among the Router's orphans
  bool silent = false; ///< CLIENT REPLY OFF: the answer is not written
  bool last = false;   ///< the connection closes behind it
  size_t requestBytes = 0;  ///< as it came, if that is worth counting; for its owner
  Recount recount = Recount::None;  ///< what its owner has to do with the answer before it is one
  bool renames = false;     ///< the same, where the client has a keyspace

 private:
  SLOTWAY_STRAIGHT void legSettled(Leg& leg, Outcome outcome, Slice reply) override;
  void legBytes(Leg& leg, Slice bytes) override;
  SLOTWAY_RARE void legPrelude(Leg& leg, Slice reply) override;
  void legStuck(Leg& leg) override;
  SLOTWAY_RARE void legBusy(Leg& leg, Slice error) override;

  /// A large reply is the answer as it is.
  bool passes() const { return legs_ == 1 && course_ == nullptr && !hasKeysInReply(); }
  bool hasKeysInReply() const {
    return renames && (command_->inKeyspace == InKeyspace::KeyFirst || command_->inKeyspace == InKeyspace::KeyOfEach);
  }
  SLOTWAY_RARE void gatherBytes(RoutedLeg& leg, Slice bytes);
  bool gathersTooMuch(size_t bytes);
  SLOTWAY_RARE void tornUnseen(RoutedLeg& leg);
  void beginOne(const Request& request, HashSlot slot, RoutedLeg::Aim aim);
  SLOTWAY_APART void beginOtherwise(const Request& request, const Plan& plan);
  SLOTWAY_RARE void addNodes(const Request& request, Plan::Target target);
  SLOTWAY_APART void addPieces(const Request& request, const Plan& plan);
  void sendLegs();
  void releaseLegs();
  SLOTWAY_APART void releaseMoreLegs();
  SLOTWAY_APART void resetParts();
  SLOTWAY_RARE void endLoan(RoutedLeg& leg, Outcome outcome, Slice reply);
  SLOTWAY_RARE void pinnedSettled(RoutedLeg& leg, Outcome outcome, Slice reply);
  SLOTWAY_RARE void repliedError(RoutedLeg& leg, Slice reply);
  SLOTWAY_RARE void judged(RoutedLeg& leg, Slice reply, Slice answer);
  static Bytes reasonOf(RoutedLeg& leg, Slice reply);
  void askFirst(RoutedLeg& leg);
  SLOTWAY_RARE void refused(RoutedLeg& leg, const Redirect& redirect, Verdict::Action action);
  SLOTWAY_RARE void notSent(RoutedLeg& leg);
  SLOTWAY_RARE bool waitsWhileRefused(RoutedLeg& leg, const Endpoint& by);
  SLOTWAY_RARE bool waitsFor(RoutedLeg& leg, Link* link);
  SLOTWAY_RARE void holdNoMore(RoutedLeg& leg);
  SLOTWAY_RARE void lost(RoutedLeg& leg);
  SLOTWAY_RARE void resend(RoutedLeg& leg, RetryReason reason);
  SLOTWAY_APART void settledOtherwise(RoutedLeg& leg, Outcome outcome, Slice reply);
  void letGo(RoutedLeg& leg);
  void noteWait(RoutedLeg& leg);
  void replied(RoutedLeg& leg, Slice reply);
  void accept(RoutedLeg& leg, Slice reply);
  SLOTWAY_APART void gather();
  SLOTWAY_RARE void settleCourse();
  SLOTWAY_RARE void waitForNoOther();
  SLOTWAY_RARE bool isPatient();
  SLOTWAY_RARE uint64_t blockedDueUs(uint64_t deadlineUs);
  void settle(Slice reply);

  // In division.cc.
  SLOTWAY_RARE bool divide(RoutedLeg& piece);
  SLOTWAY_RARE void partAnswered(RoutedLeg& part, Slice reply);
  SLOTWAY_RARE void partIsOver(RoutedLeg& part);

  // In script_repair.cc.
  SLOTWAY_RARE uint64_t wishBefore(const Request& request);
  SLOTWAY_RARE void sendWhenGranted(uint64_t ticket);
  SLOTWAY_RARE bool mendLater(RoutedLeg& leg, Slice reply);
  SLOTWAY_RARE bool noteUseless(RoutedLeg& leg, Slice reply);
  SLOTWAY_RARE void giveUpMending(RoutedLeg& leg);
  SLOTWAY_RARE void settleScript(Slice reply);
  ScriptTask& scriptTask();

  Router* router_ = nullptr;
  OrderQueue* queue_ = nullptr;       ///< null once detached
  ExchangeOwner* owner_ = nullptr;    ///< null once detached
  const Command* command_ = nullptr;
  RoutedLeg firstLeg_;                                 ///< nearly always the only one
  std::vector<std::unique_ptr<RoutedLeg>> moreLegs_;
  std::vector<uint32_t> pieceOfKey_;
  std::unique_ptr<Course> course_;    ///< null unless it goes step by step
  std::unique_ptr<ScriptTask> script_;   ///< null unless others must be told of its end, or it asks for scripts
  Bytes reply_;
  uint64_t sequence_ = 0;
  uint64_t startedUs_ = 0;
  uint64_t sinceUs_ = 0;
  uint64_t upstreamUs_ = 0;           ///< the longest wait for one leg
  uint64_t gathered_ = 0;             ///< bytes of answers that will be one
  uint32_t legs_ = 0;
  uint32_t pending_ = 0;              ///< legs that must still be accepted or failed
  uint32_t inLinks_ = 0;
  Merge merge_ = Merge::First;
  State state_ = State::Running;
  bool stepDue_ = false;
  bool blocks_ = false;
  bool waitsApart_ = false;           ///< its course waits, or has waited, for something else than legs
};

}  // namespace slotway
