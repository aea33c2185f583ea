// What a worker knows of one upstream: the current SlotMap with the MOVEDs noted since, the links, the command table, and
// who waits for the cluster to settle. Turns a leg's aim into a link.
//
//     control --adopt(map)--> owners_ --link(leg)--> LinkPool
//                               ^ noteMoved(slot, node): at once, until the next map says so too
//
// Owner: the Worker, one per upstream. Thread: the worker's.
#pragma once
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/intrusive_list.h"
#include "base/path.h"
#include "base/pool.h"
#include "cluster/slot_map.h"
#include "command/command_table.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"
#include "exchange/outages.h"
#include "exchange/routed_leg.h"
#include "exchange/scripts.h"
#include "exchange/unblocking.h"
#include "exchange/written.h"
#include "metrics/cells.h"
#include "settings/settings.h"
#include "upstream/link_pool.h"
#include "uv/timer.h"

namespace slotway {

class KeyWatches;

/// Asks control for the topology; `ticket` comes back with the refresh that answers it.
struct RefreshRequest {
  size_t upstream = 0;
  RefreshCause cause = RefreshCause::Periodic;
  uint64_t ticket = 0;
  Endpoint ask;  ///< the node to ask rather than another; empty host: any
};

/// What control knows of an upstream: sent to every worker whenever it changes. Immutable.
struct UpstreamNews {
  std::shared_ptr<const SlotMap> map;          ///< null until the topology is known
  std::shared_ptr<const CommandTable> table;
  std::string trouble;                         ///< why there is no map, or no fresh one; empty: all is well
  std::string serverVersion;                   ///< redis_version of the nodes; empty until known
};

class Router final : private PoolOwner {
 public:
  Router(Loop& loop, Cells& cells, const Settings& settings, size_t upstream,
         std::function<void(const RefreshRequest&)> askControl);
  ~Router();

  // --- what is known ---
  void adopt(std::shared_ptr<const UpstreamNews> news);
  /// Control has finished a refresh that answers every ticket up to `ticket`.
  void refreshed(uint64_t ticket);
  bool ready() const { return news_->map != nullptr; }
  const UpstreamNews& news() const { return *news_; }
  const CommandTable& table() const { return *news_->table; }
  const SlotMap& map() const { return *news_->map; }
  /// Grows whenever a slot may have another owner, or a node another link, than before.
  uint64_t version() const { return version_; }
  NodeIndex owner(HashSlot slot) const { return owners_[slot]; }
  /// The node at an address as nodes announce it; kNoNode when the map has none. An empty host stands for `asked`'s.
  NodeIndex nodeAt(Endpoint announced, const Endpoint& asked) const;
  /// The id of the node there; empty when the map has none.
  std::string idOf(const Endpoint& endpoint) const;
  /// Those that serve or may: a failed one without slots has been replaced and is only remembered by its cluster.
  const std::vector<NodeIndex>& masters() const { return masters_; }
  /// Nodes beside these that may answer: replicas, and masters that have been replaced and have not noticed yet.
  template <class Visit>
  void eachOther(Visit visit) const {
    for (NodeIndex node = 0; node < map().nodes().size(); ++node) {
      if (!map().node(node).failed && std::ranges::find(masters_, node) == masters_.end()) visit(node);
    }
  }
  /// Where goes what may go anywhere and had better always go to the same; kNoNode when there is no master.
  NodeIndex fixedMaster() const { return fixedMaster_; }
  /// To whom messages are published. Nodes hear them one sooner, one later; so that they keep their order this one is stayed
  /// with as long as it can be reached, even as a replica: every node takes messages. kNoNode when there is none.
  NodeIndex speaker() const { return speaker_; }
  /// A node that cannot be reached; or a master with less than a quarter of the slots that it would have if all had as many,
  /// and no replica has replaced it: perhaps it is being emptied, and will be gone as soon as it is. As a speaker it stays that
  /// for kSpeaksOnUs, in which who listens there can go elsewhere.
  bool isOnItsWayOut(NodeIndex node) const;
  static constexpr uint64_t kSpeaksOnUs = 400 * 1000;

  /// What stands for it in a client's Written; 0: it is no master.
  uint64_t markOf(NodeIndex node) const { return marks_.of(node); }
  bool ownsSlots(NodeIndex node) const;
  /// `onLost` hears the marks of masters of whose writes nobody knows what became of them (Written::lose).
  void tellLosses(std::function<void(uint64_t)> onLost) { onLost_ = std::move(onLost); }

  // --- what follows from it ---
  /// Where `leg` of a client with this queue has to go now; null when nobody serves it.
  Link* link(RoutedLeg& leg, const OrderQueue& queue);
  /// Where that is null: a node would serve it, but has too many connections already.
  SLOTWAY_RARE bool lacksConnections(RoutedLeg& leg, const OrderQueue& queue);
  /// Some master has too many for a client that needs links of its own to all.
  SLOTWAY_RARE bool lacksConnections() const;
  /// Those that all clients of this RESP share.
  LinkPool& links(resp::Version version) { return version == resp::Version::Resp2 ? links_ : resp3Links_; }
  /// Links for one client alone, which end with release(). `more` is said on each behind the greeting.
  std::unique_ptr<LinkPool> linksFor(PoolListener& listener, resp::Version version, LinkPool::More more,
                                     LinkPool::Open open);
  /// Nobody is served by them any more; what is under way on them still comes to its end.
  void release(std::unique_ptr<LinkPool> links);
  /// False: the nodes are known to be too old for it (before Redis 6).
  bool speaksResp3() const;
  void noteMoved(HashSlot slot, NodeIndex node);
  /// A node has said that of this slot some keys are elsewhere: a command that names several may be refused where those
  /// behind it are not. For kTornUs a connection's commands on it go one after the other.
  SLOTWAY_RARE void noteTorn(HashSlot slot) { torn_[slot] = nowUs() + kTornUs; }
  bool isTorn(HashSlot slot) const { return !torn_.empty() && findTorn(slot); }
  static constexpr uint64_t kTornUs = 10 * 1000 * 1000;
  Outages& outages() { return outages_; }
  /// Returns the ticket to wait for.
  SLOTWAY_RARE uint64_t requestRefresh(RefreshCause cause, const Endpoint& ask = {});
  bool refreshDone(uint64_t ticket) const { return ticket <= refreshedTicket_; }
  void pause(Link& link);
  /// The end of a private link's loan (see LinkPool).
  void giveBack(Link& link);
  void discard(Link& link);
  void release(Link& link);

  /// CLIENT UNBLOCK: the nodes at which `blocked` waits let go of it, `how` being TIMEOUT or ERROR. `told` hears, perhaps
  /// inside this call, whether one has; the exchange is answered as by any reply.
  SLOTWAY_RARE void unblock(Exchange& blocked, Slice how, std::function<void(bool)> told);

  /// Who waits for something to come into keys. Made when first needed.
  SLOTWAY_RARE KeyWatches& keyWatches();

  // --- scripts ---
  Scripts& scripts() { return scripts_; }
  /// A letter of control's.
  void hear(ScriptsToWorker letter);

  // --- life of exchanges ---
  std::unique_ptr<Exchange> takeExchange();
  /// Of the exchanges of this worker: what comes later has a higher one.
  uint64_t nextSequence() { return ++lastSequence_; }
  void giveExchange(std::unique_ptr<Exchange> exchange);
  std::unique_ptr<RoutedLeg> takeLeg();
  void giveLeg(std::unique_ptr<RoutedLeg> leg);
  /// Frees what has not been needed since the last call. Returns how many bytes.
  size_t shed() { return exchanges_.shed() + legs_.shed(); }
  /// Of what is on its way, apart from the bytes of requests and answers.
  size_t objectBytes() const;
  /// Its client has let go of it while legs are still in links: it waits here for them.
  SLOTWAY_RARE void keepOrphan(std::unique_ptr<Exchange> exchange);
  SLOTWAY_RARE void dropOrphan(Exchange& exchange);
  bool hasOrphans() const { return !orphans_.empty(); }

  /// `queue` has parked legs: it is woken by the clock, by a new map and by a refresh that ends.
  SLOTWAY_RARE void watch(OrderQueue& queue);
  void unwatch(OrderQueue& queue) { watched_.remove(queue); }

  /// Sends parked legs that may go, then one write per link. At the turn's end, before the clients' flush.
  void flush();
  bool dirty() const;
  /// Every 100 ms or so.
  void checkStalled();
  void close();

  /// Requests that take so long are told of (ExchangeOwner::exchangeSlow).
  uint64_t slowUs() const { return slowUs_; }
  void setSlowUs(uint64_t slowUs) { slowUs_ = slowUs; }
  /// The node that a leg is meant for by the map of now; kNoNode: none.
  NodeIndex meantFor(const RoutedLeg& leg, uint64_t clientId) const;

  Loop& loop() { return loop_; }
  Cells& cells() { return cells_; }
  const Settings& settings() const { return settings_; }
  uint64_t nowUs() { return loop_.nowUs(); }

 private:
  SLOTWAY_RARE Link* linkOffTheMap(RoutedLeg& leg, const OrderQueue& queue);
  LinkPool& lenderOf(const Link& link);
  template <class Visit>
  void eachPool(Visit visit);
  SLOTWAY_RARE bool findTorn(HashSlot slot) const { return torn_.contains(slot); }
  void slotsMoved();
  SLOTWAY_RARE void poolFailed(const Endpoint& node) override;
  SLOTWAY_RARE void poolLost(const Endpoint& node, uint64_t sinceUs) override;
  SLOTWAY_RARE void poolReached(const Endpoint& node) override;
  SLOTWAY_RARE void poolLostWrites(uint64_t mark) override;
  NodeIndex nodeOffTheMap(RoutedLeg& leg, uint64_t clientId);
  enum class Which : uint8_t { All, Stirred };
  void wakeQueues(Which which);
  void listMasters();
  void noteOutages();
  void chooseSpeaker();
  void leaveSpeaker();
  NodeIndex someMaster(uint64_t number) const;
  void noteSuccessors(const SlotMap& before);
  NodeIndex nodeOrSuccessor(const std::string& id) const;

  Loop& loop_;
  Cells& cells_;
  const Settings& settings_;
  uint64_t slowUs_ = UINT64_MAX;
  const size_t upstream_;
  std::function<void(const RefreshRequest&)> askControl_;
  std::shared_ptr<const UpstreamNews> news_;
  std::vector<std::shared_ptr<const CommandTable>> tables_;  ///< all there were: exchanges and sessions point into them
  std::array<NodeIndex, kHashSlots> owners_;
  std::vector<NodeIndex> masters_;
  MasterMarks marks_;
  std::function<void(uint64_t)> onLost_;
  std::set<std::string> replaced_;                 ///< ids of masters whose replica has taken over, as far as the map goes
  std::map<std::string, std::string> successors_;  ///< id of a master that is lost -> of who has its slots
  NodeIndex fixedMaster_ = kNoNode;
  NodeIndex speaker_ = kNoNode;
  std::string speakerId_;
  uint64_t speaksUntilUs_ = 0;  ///< not 0: it is on its way out
  uint64_t version_ = 1;
  uint64_t lastSequence_ = 0;
  uint64_t lastTicket_ = 0;
  uint64_t refreshedTicket_ = 0;
  std::unordered_map<HashSlot, uint64_t> torn_;  ///< until when
  Outages outages_;
  std::vector<std::unique_ptr<Unblocking>> unblockings_;
  NodeConnections connections_;
  LinkPool links_;       ///< of RESP2
  LinkPool resp3Links_;
  IntrusiveList<LinkPool, &LinkPool::routerHook> ownLinks_;  ///< of single clients
  std::vector<std::unique_ptr<LinkPool>> released_;          ///< of these, those whose clients have let go of them
  Scripts scripts_;
  Pool<Exchange> exchanges_;
  Pool<RoutedLeg> legs_;
  IntrusiveList<OrderQueue, &OrderQueue::watchHook> watched_;
  IntrusiveList<Exchange, &Exchange::hook> orphans_;  ///< owned
  Timer wakeTimer_;
  std::unique_ptr<KeyWatches> keyWatches_;
};

}  // namespace slotway
