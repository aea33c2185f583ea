// What one step of a walk asks: requests of the proxy's own, each for a slot's owner or for a certain node.
// Owner: whoever gathers them. Thread: the worker's (a value).
#pragma once
#include <string>
#include <vector>

#include "base/bytes.h"
#include "cluster/hash_slot.h"

namespace slotway {

struct Question {
  HashSlot slot = kNoSlot;  ///< whose owner is asked
  std::string nodeId;       ///< or that node, where it is not empty
  Bytes wire;
  bool reads = false;       ///< it only reads, whatever is done by the command that needs to know
};

struct Questions {
  std::vector<Question> all;

  Bytes& toSlot(HashSlot slot) { return all.emplace_back(slot).wire; }
  Bytes& toNode(const std::string& id) { return all.emplace_back(kNoSlot, id).wire; }
};

/// How the replies of a step came about.
enum class Came : uint8_t {
  InOrder,    ///< the questions were answered one after the other, by one node
  Scattered,  ///< perhaps not: something was asked again, or elsewhere
};

}  // namespace slotway
