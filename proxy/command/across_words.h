// The words of a request that reads across slots: its keys, what stands behind them, and the same of keys that nobody has.
// Owner: an AcrossRead. Thread: the worker's (pure).
#pragma once
#include <string>
#include <vector>

#include "cluster/hash_slot.h"
#include "command/command.h"
#include "command/questions.h"
#include "resp/request.h"

namespace slotway {

class AcrossWords {
 public:
  AcrossWords(const Request& request, const Command& command);

  const std::vector<Slice>& keys() const { return keys_; }
  /// What stands behind the last key.
  std::span<const Slice> options() const;
  /// Keys by slot, in the order of their first.
  struct Group {
    HashSlot slot;
    std::vector<Slice> keys;
  };
  std::vector<Group> bySlot() const;
  /// Asks the first key's node for the whole with keys in place of these that are not there.
  void askWithNothing(Questions& questions) const;

 private:
  const KeptRequest request_;
  std::vector<uint32_t> positions_;
  std::vector<Slice> keys_;
};

}  // namespace slotway
