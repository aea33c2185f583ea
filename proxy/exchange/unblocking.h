// CLIENT UNBLOCK of one client that blocks: its nodes are told, over other links than those that it blocks on, and what they
// answer is the answer. What it reads itself comes as any reply does: a node that has popped an element says so to it, and
// that there is nobody to unblock to us.
//
//     BLPOP k 0 --private link, number 17 at its node--> node <--shared link-- CLIENT UNBLOCK 17 ERROR
//
// Owner: the Router. Thread: the worker's.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "upstream/link.h"

namespace slotway {

class Unblocking final : private LegOwner {
 public:
  /// `told` hears once whether a node has unblocked it.
  explicit Unblocking(std::function<void(bool)> told) : told_(std::move(told)) {}

  /// The connection with this number is to be unblocked, by way of `link`; `how`: TIMEOUT or ERROR.
  void add(Link& link, uint64_t connection, Slice how);
  /// All there is to be done has been added.
  void begun() { settle(); }
  /// Nothing of it is in a link.
  bool over() const { return inLinks_ == 0; }

 private:
  void legSettled(Leg& leg, Outcome outcome, Slice reply) override;
  void legBytes(Leg&, Slice) override {}
  void legStuck(Leg&) override {}
  void settle();

  std::function<void(bool)> told_;  ///< empty once it has been called
  std::vector<std::unique_ptr<Leg>> legs_;
  size_t inLinks_ = 0;
  bool unblocked_ = false;
};

}  // namespace slotway
