// The exchanges of one client in the order of its requests: replies leave in this order, and commands on one hash slot
// take effect in it (promise 2 in proxy/README.md).
//
//     steady state: every unanswered leg was aimed by the current map -> the next one just goes. One comparison.
//     a leg was refused: it is parked, and so is whatever comes behind it on its slot, until every later leg on the slot
//     that is on its way has come back; then the parked ones go again, in order.
//     some of its slot's keys are elsewhere (Router::isTorn): what comes behind it on the slot waits for its answer.
//
// With Ordering::Strict all slots are one: what goes to another link than any command before it is parked until those have
// been answered.
//
// Owner: a Client. Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/intrusive_list.h"
#include "base/path.h"
#include "exchange/exchange.h"
#include "exchange/written.h"
#include "settings/settings.h"

namespace slotway {

class LinkPool;

class OrderQueue {
 public:
  OrderQueue(Router& router, ExchangeOwner& owner, uint64_t clientId, LinkPool& links, Written& written,
             Ordering ordering = Ordering::Key)
      : router_(router), owner_(owner), links_(&links), written_(written), clientId_(clientId), ordering_(ordering) {}
  ~OrderQueue();

  /// A new exchange at the end.
  Exchange& join(const Command* command);
  Exchange* head() const { return exchanges_.front(); }
  Exchange* last() const { return exchanges_.back(); }
  bool empty() const { return exchanges_.empty(); }
  size_t size() const { return exchanges_.size(); }
  /// What its exchanges hold.
  size_t footprint() const;
  /// The head's answer has been flushed: it goes.
  void pop();

  /// The last one to which a node has answered, in part at least; 0: none.
  SLOTWAY_RARE uint64_t lastAnswered() const;
  /// The exchange with this sequence, if it is still here.
  Exchange* find(uint64_t sequence);

  /// Takes back what has not left: its client goes at once. Nothing but the queue's end may follow.
  SLOTWAY_RARE void takeBack();
  /// Fails what has waited longer than the deadline.
  void expire(uint64_t nowUs, uint64_t deadlineUs);

  // For exchanges.
  /// Sends `leg` to its link, or parks it behind what its slot waits for.
  void aim(Exchange& exchange, RoutedLeg& leg);
  SLOTWAY_RARE void park(RoutedLeg& leg);
  /// `leg` is parked no more (given up).
  void unpark(RoutedLeg& leg);
  /// Something has come back, or has been parked: at the turn's end what may go is sent.
  void wakeSoon();
  bool wakeDue() const { return wakeDue_; }
  bool parked() const { return parked_ > 0; }
  /// Nothing may be put behind `exchange` until it is settled: a command on one of its last keys would overtake it.
  void holdBehind(const Exchange& exchange) { heldBehind_ = &exchange; }
  void holdNoMore(const Exchange& exchange) {
    if (heldBehind_ == &exchange) heldBehind_ = nullptr;
  }
  bool holds() const { return heldBehind_ != nullptr; }
  /// The last one blocks, or will when those before it are answered.
  bool blocks() const { return heldBehind_ != nullptr && heldBehind_->blocks(); }
  /// An exchange has a step to send: at the turn's end, if it is the head by then, else when it is.
  SLOTWAY_RARE void goOnSoon();
  /// Each new leg has to be held against those before it: the queue had better stay short.
  bool careful() const { return parked() || (!empty() && head()->sequence() <= barrier_); }
  /// A later write on this leg's slot has been sent (a lost read must not be repeated then).
  SLOTWAY_RARE bool laterWriteSent(const Exchange& exchange, const RoutedLeg& leg);
  uint64_t clientId() const { return clientId_; }
  /// The links that serve this client. They may change while nothing of it is in a link.
  LinkPool& links() const { return *links_; }
  void use(LinkPool& links) { links_ = &links; }
  /// Where this client's writes have gone.
  Written& written() const { return written_; }

  /// Called by the Router: sends the parked legs that may go now.
  void wake();
  Hook watchHook;

 private:
  /// The last exchanges that ran on one key.
  struct ExecutedOn {
    uint64_t any = 0;
    uint64_t write = 0;
  };
  /// What wake() knows of one slot, or with Ordering::Strict of all, while it goes through the queue.
  struct Lane {
    Link* link = nullptr;           ///< that its legs are in
    bool spread = false;            ///< ... and others: of one exchange that went to several nodes
    uint64_t firstOnItsWay = 0;     ///< the first exchange with a leg in a link; 0: there is none
    uint64_t lastOnItsWay = 0;      ///< the last one
    uint64_t lastExecuted = 0;      ///< the last exchange with a leg that has run
    uint64_t lastWritten = 0;       ///< ... and was a write
    bool blocked = false;           ///< an earlier leg has to wait, so all behind it do
    bool keysRead = false;
    std::unordered_map<std::string, ExecutedOn> keys;  ///< of the legs that have run; read when first needed
  };

  SLOTWAY_RARE void parkBehind(Exchange& exchange, RoutedLeg& leg);
  bool clear(const Exchange& exchange, const RoutedLeg& leg, const Link& target);
  SLOTWAY_RARE bool clearOfEarlier(const Exchange& exchange, const RoutedLeg& leg, const Link& target);
  bool strict() const { return ordering_ == Ordering::Strict; }
  /// It has a place in the order. What has a link of its own begins alone, or helps to end something.
  bool ordered(const RoutedLeg& leg) const {
    return leg.slot != kNoSlot || speaks(leg) || (strict() && !leg.ownLink && !leg.borrowsLink() && !leg.bestEffort);
  }
  /// Messages keep their order as the commands on one slot do.
  static bool speaks(const RoutedLeg& leg) { return leg.aim == RoutedLeg::Aim::Speaker; }
  static constexpr HashSlot kMessages = kHashSlots;
  HashSlot laneOf(const RoutedLeg& leg) const { return strict() ? kNoSlot : speaks(leg) ? kMessages : leg.slot; }
  bool overtaken(Exchange& exchange, RoutedLeg& leg, Lane& lane);
  void readExecuted(HashSlot slot, Lane& lane);
  void noteLeg(Exchange& exchange, const RoutedLeg& leg, Lane& lane);
  static void noteOnItsWay(const Exchange& exchange, Link* link, Lane& lane);
  bool due(const RoutedLeg& leg);
  bool wakeLeg(Exchange& exchange, RoutedLeg& leg, Lane& lane);
  /// Does `test` hold for a leg in the lane of `leg` of an exchange behind `exchange`?
  template <class Test>
  bool anyLater(const Exchange& exchange, const RoutedLeg& leg, Test test) {
    for (Exchange* later = exchanges_.next(exchange); later != nullptr; later = exchanges_.next(*later)) {
      bool found = false;
      later->eachLeg([&](RoutedLeg& other) { found = found || (laneOf(other) == laneOf(leg) && test(*later, other)); });
      if (found) return true;
    }
    return false;
  }

  Router& router_;
  ExchangeOwner& owner_;
  LinkPool* links_;
  Written& written_;
  const uint64_t clientId_;
  const Ordering ordering_;
  IntrusiveList<Exchange, &Exchange::hook> exchanges_;
  uint64_t aimedVersion_ = 0;   ///< the map's version when the last leg was aimed
  uint64_t barrier_ = 0;        ///< exchanges up to this one may have legs that were aimed otherwise
  uint32_t parked_ = 0;
  bool wakeDue_ = false;
  const Exchange* heldBehind_ = nullptr;  ///< the last one, if it goes step by step
};

}  // namespace slotway
