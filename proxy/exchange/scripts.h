// What a worker knows of one upstream's scripts: the bodies that were seen, by any worker, and what it has asked control for
// on behalf of requests that wait (a ticket each).
//
// Never resurrected: before the nodes are told to forget their scripts, control has every worker forget. A worker says that
// it has when no node can be given a body any more that was known before.
//
// Owner: a Router. Thread: the worker's.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/path.h"
#include "exchange/script_letters.h"
#include "exchange/script_store.h"

namespace slotway {

class Scripts {
 public:
  explicit Scripts(size_t mostBytes) : store_(mostBytes) {}

  /// Where letters go. Without it there are no other workers, and wishes come true at once.
  void connect(std::function<void(ScriptsToControl)> post) { post_ = std::move(post); }

  /// The script of this name, if it is known here. Valid until the next call.
  const Script* find(Slice sha) { return store_.find(sha); }
  /// A body has been seen.
  void learn(Slice body);
  /// The same of one that is `ownBody` to the clients of this keyspace.
  void learn(Slice body, Slice ownBody, const Keyspace& keyspace);
  /// It is no script.
  void drop(Slice body);

  /// The ticket to wait for.
  uint64_t wish(ScriptWish wish);
  void freeFunctions();
  bool granted(uint64_t ticket) const { return !open_.contains(ticket); }

  /// A body from here is on its way to a node. Returns what to say when it has arrived, or will not be sent.
  uint64_t beginRepair();
  void endRepair(uint64_t generation);

  // Letters.
  void read(ScriptNews& letter);
  void read(WishGranted& letter) { open_.erase(letter.ticket); }
  void read(ForgetScripts& letter);

 private:
  void tell(SharedScript script);
  SLOTWAY_RARE void post(ScriptsToControl&& letter);
  void tellForgotten();

  ScriptStore store_;
  std::function<void(ScriptsToControl)> post_;
  uint64_t generation_ = 1;
  uint64_t lastTicket_ = 0;
  std::set<uint64_t> open_;                ///< tickets
  std::map<uint64_t, uint64_t> repairs_;   ///< how many are under way, by the generation of their bodies
  std::set<uint64_t> untold_;              ///< generations that control has not been told of yet
};

}  // namespace slotway
