// Keys that a node has listed for a slot -> those that are really there (not expired) and of the wanted type.
//
//     a slot's keys: EXISTS k1 k2 ... -> all are there, or else, and where a type is asked for: TYPE k1, TYPE k2 ...
//
// Owner: a KeyspaceWalk. Thread: the worker's (pure).
#pragma once
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/slice.h"
#include "command/questions.h"
#include "command/scan_page.h"
#include "command/scan_request.h"

namespace slotway {

class KeyFilter {
 public:
  /// Whether one command may ask for several keys of the slot: not while it moves from node to node.
  enum class Slot : uint8_t { Settled, Moving };

  explicit KeyFilter(const ScanRequest& request) : request_(request) {}

  void add(HashSlot slot, Slice key, Slot state);
  bool empty() const { return waiting_.empty() && asked_.empty(); }
  /// Asks for some of the keys that wait.
  void ask(Questions& questions);
  /// The replies to these; no errors among them. False: they make no sense.
  bool take(std::span<const Slice> replies, ScanPage& page);

 private:
  struct Batch {
    HashSlot slot;
    bool oneByOne;
    std::vector<std::string> keys;
  };

  void askFor(const Batch& batch, Questions& questions);
  bool takeOneByOne(const Batch& batch, std::span<const Slice> replies, ScanPage& page);
  bool takeTogether(Batch& batch, Slice reply, ScanPage& page);

  const ScanRequest& request_;
  std::deque<Batch> waiting_;
  std::vector<Batch> asked_;
};

}  // namespace slotway
