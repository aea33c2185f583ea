// What of one upstream is not served now, and since when; and how much waits for it. A command waits for a lost shard until
// timeouts.failover_hold has passed since the loss, not since the command; then all are refused until the shard is back.
//
//     lost()    --reached()-->             no connection to the node
//     refused() --served()-->  hold over?  it says CLUSTERDOWN, LOADING or MASTERDOWN
//     adopt()   --adopt()-->               a slot has no owner
//
// Owner: a Router. Thread: the worker's.
#pragma once
#include <span>
#include <string>
#include <unordered_map>

#include "base/path.h"
#include "cluster/slot_map.h"
#include "exchange/routed_leg.h"
#include "metrics/cells.h"
#include "settings/settings.h"

namespace slotway {

class Outages {
 public:
  Outages(Cells& cells, const Settings& settings) : cells_(cells), settings_(settings) {}

  // --- nodes; times in microseconds of the loop's clock ---
  SLOTWAY_RARE void lost(const Endpoint& node, uint64_t sinceUs);
  /// True: it had been lost.
  SLOTWAY_RARE bool reached(const Endpoint& node);
  SLOTWAY_RARE void refused(const Endpoint& node, uint64_t nowUs);
  /// It has served a key: what has none it may answer all the time. Worth a call only while anyRefuses().
  SLOTWAY_RARE void served(const Endpoint& node);
  bool anyRefuses() const { return refusing_ > 0; }
  bool any() const { return !nodes_.empty() || !slots_.empty(); }
  SLOTWAY_RARE bool isLost(const Endpoint& node) const;

  /// Of nodes other than these nothing is remembered: nobody waits for them.
  void adopt(std::span<const Endpoint> masters, std::span<const NodeIndex> owners, uint64_t nowUs);

  // --- has the hold passed? ---
  SLOTWAY_RARE bool over(const Endpoint& node, uint64_t nowUs) const;
  SLOTWAY_RARE bool over(HashSlot slot, uint64_t nowUs) const;
  /// True once when the hold of a lost node has passed: what waits for it in links has to be told.
  bool passed(uint64_t nowUs);

  // --- what waits, counted over all upstreams of this worker ---
  /// No more may wait: limits.held_requests and limits.held_bytes, of which each worker has its share. Who has
  /// waited already may go on.
  SLOTWAY_RARE bool full(const RoutedLeg& next) const;
  SLOTWAY_RARE void take(RoutedLeg& leg);
  SLOTWAY_RARE void give(RoutedLeg& leg);

 private:
  struct Outage {
    uint64_t lostUs = 0;     ///< 0: it is reached
    uint64_t refusedUs = 0;  ///< 0: it serves
    bool told = false;
  };
  bool hasPassed(uint64_t sinceUs, uint64_t nowUs) const;

  Cells& cells_;
  const Settings& settings_;
  std::unordered_map<std::string, Outage> nodes_;  ///< by "host:port"
  std::unordered_map<HashSlot, uint64_t> slots_;   ///< without an owner -> since when
  size_t refusing_ = 0;
};

}  // namespace slotway
