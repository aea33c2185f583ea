// The links of one worker to the nodes of one upstream that speak one RESP: one a node that all share, opened when the first
// leg needs it, and private ones, lent to whoever needs a connection for himself (to block, to WATCH).
//
//     adopt(SlotMap): links of nodes that stay are kept, links of nodes that left drain
//     lend() -> private link --giveBack()--> kept warm for the next one
//                            --discard()---> its connection is closed
//
// Owner: a Router. Thread: the worker's.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cluster/slot_map.h"
#include "upstream/link.h"
#include "upstream/node_connections.h"

namespace slotway {

/// For a pool whose connections hold what nodes remember of one client.
class PoolListener {
 public:
  /// An out-of-band message of a node, valid during the call.
  virtual void poolPushed(Slice frame) = 0;
  /// A connection was lost, and with it what its node remembered.
  virtual void poolForgot() = 0;
  /// What the exchange with this sequence reads will not be remembered.
  virtual void poolMissed(uint64_t sequence) = 0;

 protected:
  ~PoolListener() = default;
};

/// Who keeps a pool hears of its nodes.
class PoolOwner {
 public:
  /// A connection to the node was lost or could not be made, or it is silent. The topology may have changed.
  virtual void poolFailed(const Endpoint& node) = 0;
  /// ... and it was a connection that could not be made, or was lost: it cannot be used, since `sinceUs`. Where none could be
  /// made that is since when those who have asked something have heard nothing.
  virtual void poolLost(const Endpoint& node, uint64_t sinceUs) = 0;
  /// A connection to the node stands.
  virtual void poolReached(const Endpoint& node) = 0;
  /// A link that was ready has lost its connection; `mark` is its node's.
  virtual void poolLostWrites(uint64_t mark) = 0;

 protected:
  ~PoolOwner() = default;
};

class LinkPool final : private LinkOwner {
 public:
  /// Whose links are opened: as soon as they are needed, or those to all masters at once, and kept open.
  enum class Open : uint8_t { WhenNeeded, ToMasters };

  LinkPool(Loop& loop, PoolOwner& owner, Cells& cells, NodeConnections& connections, const Settings::Timeouts& timeouts,
           const UpstreamSettings& upstream, resp::Version version = resp::Version::Resp2);
  ~LinkPool();

  /// What a link to the node with this id says behind its greeting.
  using More = std::function<GreetingSteps(const std::string& nodeId)>;
  /// Before its first link is made; `listener` hears what comes of `more`.
  void serve(PoolListener& listener, More more, Open open);
  /// Nobody listens any more.
  void serveNobody() { listener_ = nullptr; }
  PoolListener* listener() const { return listener_; }

  /// From here on NodeIndex means an index into `map`. `marks` are its nodes', for their links.
  void adopt(const SlotMap& map, std::span<const uint64_t> marks = {});
  /// The node's shared link stands.
  bool reaches(NodeIndex node) const;
  /// Its shared link is made again and again until it stands, although nobody waits for it.
  void keepTrying(NodeIndex node) { link(node).keepOpen(); }
  /// Its shared link is made only when it is needed.
  void tryNoMore(NodeIndex node);
  /// The node's link, made if it is not there yet; never one that drains.
  Link& link(NodeIndex node);
  /// A link to the node for the caller alone, until it is given back or discarded. Null: the node has too many already.
  Link* lend(NodeIndex node);
  /// So many connections go to the node that lend() has none.
  bool full(NodeIndex node) const { return places_[node].warm.empty() && connections_.full(places_[node].endpoint); }
  /// Nothing is under way on it, and its connection is in the state that the greeting left it in.
  void giveBack(Link& link);
  /// Is it lent by this pool, and not yet given back?
  bool lent(const Link& link) const;
  /// Its connection is given up; what is under way on it settles. Safe in its own callbacks.
  void discard(Link& link);
  /// The same once what is under way on it has been answered.
  void release(Link& link);
  /// A link to the node for the one leg that is submitted next; it closes when that is answered.
  Link& linkForOne(NodeIndex node);
  /// The node gets a fresh link, unless it has too many already; `link` finishes what it has and takes no new work. For a
  /// link that is paused.
  void replace(Link& link);
  /// The same of every node: `more` says otherwise now. Legs that have not been written settle as Unsent, to be aimed anew.
  void renew();
  /// Every leg that has not been written settles as Unsent, to be aimed anew.
  void recall();
  /// One write per link that has something to send. Called at the turn's end.
  void flush();
  bool dirty() const { return !dirty_.empty(); }
  Hook routerHook;  ///< in its Router's list of those that serve one client
  resp::Version version() const { return version_; }
  /// Asks nodes that have had nothing to say for a while whether they are there, over their shared links; of those that one
  /// client has for itself there may be thousands, and they are asked less often.
  void beat(uint64_t nowUs);
  /// Loses links that have been silent for longer than `limitUs`, or than a second where the cluster holds the node for
  /// failed; a link that is silent for a second is word of trouble (poolFailed) already.
  ///
  /// A link that is silent for `busy_after` is replaced: its node may be busy with a script, and says so on a fresh one.
  /// True when this has happened.
  bool checkStalled(uint64_t nowUs, uint64_t limitUs);
  /// Nothing is under way on any link, and nobody has one for himself.
  bool idle() const;
  /// Closes every link; legs settle.
  void close(Slice reason);

 private:
  struct Place {
    std::string nodeId;
    Endpoint endpoint;
    std::unique_ptr<Link> link;
    std::vector<std::unique_ptr<Link>> warm;  ///< private ones that nobody has
    bool failed = false;  ///< the cluster says so
    uint64_t mark = 0;
  };

  void linkDirty(Link& link) override { dirty_.pushBack(link); }
  void linkFailed(Link& link, Slice reason) override;
  uint64_t reconnectsIn(Link& link) override { return takesTurns() ? connections_.waitMs(link.endpoint(), loop_.nowUs()) : 0; }
  void linkReady(Link& link, uint32_t failures) override;
  void linkDrained(Link& link) override;
  void linkBusy(Link& link, Slice error) override;
  enum class Use : uint8_t {
    Shared,
    Private,  ///< its user may have to be unblocked by its number
    Once,     ///< while the node is busy it answers to little
  };
  /// There may be one like it for each client, so that its connections are made so many in a second.
  bool takesTurns() const { return listener_ != nullptr; }
  SLOTWAY_RARE std::unique_ptr<Link> makeLink(const Place& place, Use use);
  void linkPushed(Link& link, Slice frame) override;
  void forget() {
    if (listener_ != nullptr) listener_->poolForgot();
  }
  void keepOpenTo(const SlotMap& map);
  uint64_t sharedSilentUs(const Endpoint& node) const;
  bool replaceSilent(uint64_t nowUs);
  void tellBusy(uint64_t nowUs);
  void retire(std::unique_ptr<Link> link);
  void drainAside(std::unique_ptr<Link> link);
  std::unique_ptr<Link> takeLent(Link& link);
  Place* placeOf(const Link& link);
  bool isShared(const Link& link);
  template <class Visit>
  void eachLink(Visit visit);

  Loop& loop_;
  PoolOwner& owner_;
  Cells& cells_;
  NodeConnections& connections_;
  const Settings::Timeouts& timeouts_;
  const UpstreamSettings& upstream_;
  const resp::Version version_;
  PoolListener* listener_ = nullptr;
  More more_;
  Open open_ = Open::WhenNeeded;
  bool listens_ = false;   ///< with Open::ToMasters: all of them have been open at a time
  std::vector<Place> places_;                       ///< by NodeIndex of the current map
  std::vector<std::unique_ptr<Link>> lent_;
  std::vector<std::unique_ptr<Link>> draining_;
  std::vector<std::pair<Endpoint, std::string>> busy_;  ///< nodes, and what they say while they are busy
  std::vector<Link*> drained_;                      ///< to be destroyed at the turn's end
  uint64_t suspectedUs_ = 0;                        ///< when silence was last told of
  IntrusiveList<Link, &Link::dirtyHook> dirty_;
};

}  // namespace slotway
