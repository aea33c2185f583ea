// WATCH's course: on a private link, which stays the client's own while it watches.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include "client/transaction.h"
#include "exchange/course.h"

namespace slotway {

class WatchCall final : public Course {
 public:
  /// `state` is the asking client's, and stays while its requests are waited for.
  WatchCall(TransactionState& state, const Request& request, HashSlot slot)
      : state_(state), request_(request), slot_(slot) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override { answer_ = Bytes(reason); }
  bool answer(Bytes& out) override;

 private:
  bool refusedByNode() const;

  TransactionState& state_;
  const KeptRequest request_;
  const HashSlot slot_;
  Exchange* exchange_ = nullptr;
  Bytes answer_;
};

}  // namespace slotway
