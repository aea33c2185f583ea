// Brings functions to masters that lack them: one that has joined is given what another has, and so is one that was called
// for a function that it did not know. One node at a time, once for the process.
//
//     bring(node, function) --> [ errands ] --> another master: which functions, and their dump --> the node: restore
//
// While somebody changes the nodes' functions nothing is brought: what is deleted must not come back from a node that has
// not heard of it.
//
// Owner: Control, one per upstream. Thread: control.
// Source: Redis 7.0, "FUNCTION DUMP" and "FUNCTION RESTORE".
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/slot_map.h"
#include "control/node_call.h"

namespace slotway {

class FunctionCourier {
 public:
  /// Who waits: a worker, and its ticket.
  using Waiter = std::pair<size_t, uint64_t>;

  /// `onDone` hears of everyone whose wish has come true.
  FunctionCourier(Loop& loop, Cells& cells, const Settings& settings, size_t upstream, std::function<void(Waiter)> onDone);

  /// From here on this map counts. Masters that no map had before are given all functions; not those of the first map.
  void adopt(std::shared_ptr<const SlotMap> map);
  /// The node `id` lacks `function`: done when it has been given the functions of a master that has it, or none has.
  void bring(const std::string& id, const std::string& function, Waiter waiter);
  /// Done when nothing is being brought; nothing is until free() has been called as often as this.
  void hold(Waiter waiter);
  void free();
  /// At the turn's end.
  void flush();
  void stop() { call_.reset(); }

 private:
  struct Errand {
    std::string node;       ///< id
    std::string function;   ///< empty: any
    std::vector<Waiter> waiters;
    std::deque<std::string> givers;  ///< ids of masters that have not been asked yet
  };

  const Node* find(const std::string& id) const;
  bool serves(const std::string& id) const;
  bool triedLately(const Errand& errand);
  void begin();
  void askNext();
  void called();
  void give(Slice dumpReply);
  void finish();
  void call(const Node& node, std::initializer_list<NodeCall::Words> requests);

  Loop& loop_;
  Cells& cells_;
  const Settings& settings_;
  const size_t upstream_;
  std::function<void(Waiter)> onDone_;
  std::shared_ptr<const SlotMap> map_;
  std::set<std::string> knownNodes_;
  std::deque<Errand> errands_;       ///< the first one is under way when there is a call
  std::unique_ptr<NodeCall> call_;
  bool giving_ = false;              ///< the call gives; else it asks
  std::map<std::pair<std::string, std::string>, uint64_t> inVain_;  ///< node and function -> when nobody had it, ms
  std::vector<Waiter> holders_;      ///< that wait for the errand under way
  size_t holds_ = 0;
};

}  // namespace slotway
