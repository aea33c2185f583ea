// SCAN as a course: carries the questions of a KeyspaceWalk to the nodes.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include "command/keyspace_walk.h"
#include "exchange/course.h"

namespace slotway {

class KeyspaceScan final : public Course {
 public:
  explicit KeyspaceScan(ScanRequest request) : walk_(std::move(request)) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override { walk_.giveUp(reason); }
  bool answer(Bytes& out) override;
  const KeyspaceWalk& walk() const { return walk_; }

 private:
  bool allKnown() const;
  Came came() const;
  bool asksWhoHasLeft(std::span<const Slice> replies) const;

  KeyspaceWalk walk_;
  Questions questions_;            ///< of the step that is on its way
  Exchange* exchange_ = nullptr;
};

}  // namespace slotway
