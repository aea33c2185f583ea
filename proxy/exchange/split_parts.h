// The course of a split over so many keys that it is sent part by part.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include "command/command.h"
#include "command/merge.h"
#include "command/plan.h"
#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

class SplitParts final : public Course {
 public:
  /// Keeps a copy of the request. `plan` is about the first part.
  /// `prelude` (see exchange/caching.h) goes directly before each piece; empty: none.
  SplitParts(const Request& request, const Command& command, const Plan& plan, Slice prelude = {});

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override;

 private:
  bool atLast() const;
  void fold(Slice reply);

  const Command& command_;
  const Slice prelude_;
  const KeptRequest request_;
  Plan plan_;
  Bytes answer_;                ///< of the parts so far, unless something failed
  ErrorTally tally_;            ///< of all pieces so far
  bool begun_ = false;
  bool givenUp_ = false;
};

}  // namespace slotway
