// A split over so many keys that it is sent part by part: what the next parts are made of, and what came of those before.
//
//     part 1 --sent--> its replies --gather()--> part 2 ... --> settled(): no part is left, or none is wanted
//                                                                  answer(): the one reply
//
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <span>
#include <vector>

#include "base/bytes.h"
#include "command/command.h"
#include "command/merge.h"
#include "command/plan.h"
#include "resp/request.h"

namespace slotway {

class SplitParts {
 public:
  /// Keeps a copy of the request. `plan` is about the first part.
  SplitParts(const Request& request, const Plan& plan);

  Request request() const { return {wire_.slice(), args_}; }
  const Plan& plan() const { return plan_; }

  /// The replies of the part that plan() is about. The next one is due, or all is settled.
  void gather(const Command& command, std::span<const Slice> replies);
  /// Waits for sendNextPart().
  bool due() const { return due_; }
  /// plan() is about the next part now, which was due.
  void next();
  bool atLast() const;

  /// No further part is wanted; `reason`, an error frame, stands for those that are not sent.
  void giveUp(Slice reason);
  bool settled() const { return settled_; }
  /// The one reply. True when some pieces failed and some did not.
  bool answer(const Command& command, Bytes& out);

 private:
  void fold(const Command& command, Slice reply);

  Bytes wire_;
  std::vector<Slice> args_;     ///< into wire_
  Plan plan_;
  Bytes answer_;                ///< of the parts so far, unless something failed
  ErrorTally tally_;            ///< of all pieces so far
  bool due_ = false;
  bool settled_ = false;
};

}  // namespace slotway
