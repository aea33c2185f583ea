// Keeps one upstream's topology fresh for the whole process: asks a node at start, every now and then, and when a worker
// has been redirected or lost a link; merges what it says; tells everybody when something changed.
//
//     want(ticket) --+
//     period       --+--> at most one Probe at a time, not too often --> mergeView --> onNews, onDone(tickets)
//     failure      --+           | failed or refused: another node, then the next round after a back-off
//
// Owner: Control, one per upstream. Thread: control.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cluster/slot_map.h"
#include "cluster/topology_view.h"
#include "control/probe.h"
#include "worker/letters.h"

namespace slotway {

class TopologyKeeper {
 public:
  struct Listener {
    /// Something that workers or clients see has changed.
    std::function<void()> onNews;
    /// A refresh that began after these tickets were wanted has ended well.
    std::function<void(size_t worker, uint64_t ticket)> onDone;
    /// A whole reply to COMMAND.
    std::function<void(Slice)> onCommands;
  };

  TopologyKeeper(Loop& loop, Cells& cells, const Settings& settings, size_t upstream, size_t workers, Listener listener);

  /// The first refresh.
  void start();
  void stop();
  /// A worker wants a refresh; its ticket is answered when one that begins from now on has ended.
  void want(size_t worker, const RefreshRequest& request);
  /// At the turn's end.
  void flush();

  const std::string& name() const { return settings_.upstreams[upstream_].name; }
  const std::shared_ptr<const SlotMap>& map() const { return map_; }
  /// Why the last round failed; empty when it did not.
  const std::string& trouble() const { return trouble_; }
  const std::string& serverVersion() const { return serverVersion_; }
  /// When the last refresh ended well (Loop::monotonicUs); 0: none has.
  uint64_t freshUs() const { return freshUs_; }

 private:
  struct Wish {
    size_t worker;
    uint64_t ticket;
  };

  void begin();
  void askNext();
  void listCandidates();
  void probed();
  std::string learnTopology();
  void take(std::shared_ptr<const SlotMap> map);
  void takeOtherCluster();
  bool isSeed(const Endpoint& endpoint) const;
  void learnServer();
  void succeed();
  void failRound();
  void scheduleNext(uint64_t delayMs);

  Loop& loop_;
  Cells& cells_;
  const Settings& settings_;
  const size_t upstream_;
  Listener listener_;
  std::vector<uint64_t> wanted_;        ///< by worker: the latest ticket asked for
  std::vector<uint64_t> answering_;     ///< by worker: the latest ticket the round under way answers
  std::vector<uint64_t> answered_;
  std::vector<Endpoint> asks_;          ///< nodes that somebody wants to be asked before others
  std::deque<Endpoint> candidates_;
  std::unique_ptr<Probe> probe_;
  Timer next_;
  std::shared_ptr<const SlotMap> map_;
  std::shared_ptr<const SlotMap> otherCluster_;  ///< that a seed told of in this round
  bool ownNodeAnswered_ = false;                 ///< in this round
  std::string trouble_;
  std::string lastFailure_;
  std::string serverVersion_;
  uint64_t startedMs_ = 0;
  uint64_t freshUs_ = 0;
  uint64_t backoffMs_ = 0;
  uint64_t roundsUntilCommands_ = 0;
  RefreshCause cause_ = RefreshCause::Start;  ///< of the next round
  bool running_ = false;
  bool changed_ = false;
  std::minstd_rand random_;
};

}  // namespace slotway
