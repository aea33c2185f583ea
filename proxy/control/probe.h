// Asks one node, over a connection of its own, what it knows: CLUSTER INFO, NODES and SLOTS, and where wanted COMMAND and
// INFO server. All in one write; the result is whole or it is an error.
// Owner: the TopologyKeeper. Thread: control.
#pragma once
#include <array>
#include <memory>
#include <string>

#include "base/result.h"
#include "cluster/node.h"
#include "metrics/cells.h"
#include "settings/settings.h"
#include "upstream/link.h"
#include "uv/timer.h"

namespace slotway {

class Probe final : private LegOwner, private LinkOwner {
 public:
  enum class Scope : uint8_t { Topology, TopologyAndCommands };

  Probe(Loop& loop, Cells& cells, const Settings::Timeouts& timeouts, const UpstreamSettings& upstream, Endpoint node,
        Scope scope);
  ~Probe();

  /// Writes what is queued; at the turn's end.
  void flush();
  bool done() const { return done_; }
  const Endpoint& node() const { return node_; }

  /// Once done(): why there is no result; empty when there is one.
  const std::string& failure() const { return failure_; }
  /// Whole RESP frames; the last two are empty with Scope::Topology.
  Slice clusterInfo() const { return replies_[0].slice(); }
  Slice clusterNodes() const { return replies_[1].slice(); }
  Slice clusterSlots() const { return replies_[2].slice(); }
  Slice commands() const { return replies_[3].slice(); }
  Slice serverInfo() const { return replies_[4].slice(); }

 private:
  static constexpr size_t kQuestions = 5;

  void legSettled(Leg& leg, Outcome outcome, Slice reply) override;
  void legBytes(Leg& leg, Slice bytes) override;
  void legStuck(Leg& leg) override;
  void linkDirty(Link& link) override;
  void linkFailed(Link& link, Slice reason) override;
  void linkDrained(Link& link) override;
  void finish(Slice failure);

  const Endpoint node_;
  Timer timeout_;
  std::unique_ptr<Link> link_;
  std::array<Leg, kQuestions> legs_;
  std::array<Bytes, kQuestions> replies_;
  size_t waiting_ = 0;
  std::string failure_;
  bool dirty_ = false;
  bool done_ = false;
};

}  // namespace slotway
