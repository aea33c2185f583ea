// A few requests to one node over a connection of their own, all in one write; the replies are all there or it has failed.
// Owner: who asks. Thread: control.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "cluster/node.h"
#include "metrics/cells.h"
#include "settings/settings.h"
#include "upstream/link.h"
#include "uv/timer.h"

namespace slotway {

class NodeCall final : private LegOwner, private LinkOwner {
 public:
  using Words = std::vector<Slice>;

  /// `requests`, at least one, are copied.
  NodeCall(Loop& loop, Cells& cells, const Settings::Timeouts& timeouts, const UpstreamSettings& upstream, const Node& node,
           std::span<const Words> requests);
  ~NodeCall();

  /// Writes what is queued; at the turn's end.
  void flush();
  bool done() const { return done_; }
  /// Once done(): have all requests been answered?
  bool answered() const { return waiting_ == 0; }
  /// Once answered(): a whole frame.
  Slice reply(size_t request) const { return replies_[request].slice(); }

 private:
  void legSettled(Leg& leg, Outcome outcome, Slice reply) override;
  void legBytes(Leg&, Slice) override {}
  void legStuck(Leg&) override {}
  void linkDirty(Link&) override { dirty_ = true; }
  void linkFailed(Link&, Slice) override { finish(); }
  void linkDrained(Link&) override {}
  void finish();

  Timer timeout_;
  std::unique_ptr<Link> link_;
  std::vector<Leg> legs_;
  std::vector<Bytes> replies_;
  size_t waiting_;
  bool dirty_ = false;
  bool done_ = false;
};

}  // namespace slotway
