// Control's part in the scripts of one upstream: passes bodies on from worker to worker, grants wishes, and has all workers
// forget before one of them tells the nodes to.
//
//     worker --Seen--> here --Seen--> the others        a wish for all that was said before: letters keep their order, so
//                                                       granting it at once is enough
//
// Owner: Control, one per upstream. Thread: control.
#pragma once
#include <functional>
#include <map>

#include "control/function_courier.h"
#include "worker/letters.h"

namespace slotway {

class ScriptRelay {
 public:
  using Post = std::function<void(size_t worker, ScriptsToWorker letter)>;

  ScriptRelay(size_t workers, FunctionCourier& courier, Post post)
      : workers_(workers), courier_(courier), post_(std::move(post)) {}

  void read(size_t worker, const ScriptNews& letter);
  void read(size_t worker, const ScriptWish& letter);
  void read(size_t worker, const ScriptsForgotten& letter);

 private:
  struct Forgetting {
    size_t worker;      ///< that wished it
    uint64_t ticket;
    size_t waiting;     ///< workers that have not forgotten yet
  };
  void forgetAll(size_t worker, uint64_t ticket);

  const size_t workers_;
  FunctionCourier& courier_;
  const Post post_;
  uint64_t generation_ = 1;
  std::map<uint64_t, Forgetting> forgetting_;  ///< by generation
};

}  // namespace slotway
