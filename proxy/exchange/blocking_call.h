// The course of a command that may block: alone on a link of its own, and when it is refused meanwhile (its slot has moved,
// its node has become a replica) it goes again with the time that is left, and from where its streams ended at first.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <optional>
#include <vector>

#include "cluster/hash_slot.h"
#include "command/block_timeout.h"
#include "command/stream_end.h"
#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

class BlockingCall final : public Course {
 public:
  BlockingCall(const Request& request, const Command& command, HashSlot slot);

  void next(Exchange& exchange) override;
  void again(RoutedLeg& leg, uint64_t nowUs) override;
  void prelude(Slice reply) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice) override {}
  bool answer(Bytes& out) override;

 private:
  void askForEnds(RoutedLeg& leg);

  const KeptRequest request_;
  const HashSlot slot_;
  const std::optional<BlockTimeout> timeout_;
  uint64_t untilUs_ = BlockTimeout::kForever;  ///< loop time
  std::vector<StreamEnd> ends_;      ///< of streams that are read from where they end now
  std::vector<StreamEnd*> asked_;    ///< those that the leg asks for, in this order
  size_t heard_ = 0;                 ///< of their answers
  bool released_ = false;            ///< its node has let go of it, and it has gone again
  Bytes answer_;
};

}  // namespace slotway
