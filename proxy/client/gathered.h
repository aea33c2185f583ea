// A request that goes to all masters, to all nodes or to one, once, and whose replies become the answer in a way of their own.
//
//     INFO -> the masters' texts -> one text, as one server would give it
//
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <functional>
#include <string>

#include "command/merge.h"
#include "exchange/course.h"

namespace slotway {

class Gathered final : public Course {
 public:
  enum class Whom : uint8_t {
    Masters,
    AllNodes,   ///< of replicas nobody waits for the reply
    OneMaster,
  };
  /// At least one reply, none of them an error. Appends one frame; false: they are not what they should be.
  using Fold = std::function<bool(std::span<const Slice> replies, Bytes& out)>;

  /// `command` outlives it, as the table's do.
  Gathered(const Command& command, Slice wire, Whom whom, Fold fold)
      : command_(command), wire_(wire), whom_(whom), fold_(std::move(fold)) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  bool doesWithout() const override { return true; }
  void giveUp(Slice) override {}  // there is no further step
  bool answer(Bytes& out) override;

 private:
  void askOthers(Exchange& exchange) const;

  const Command& command_;
  const std::string wire_;
  const Whom whom_;
  const Fold fold_;
  ErrorTally errors_;
  Bytes answer_;
};

}  // namespace slotway
