// Replies of several legs -> one reply.
// Partial failure is an error that counts and names it; an error is never turned into a nil or left out of a sum.
// Thread: the worker's (pure).
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/path.h"
#include "base/slice.h"
#include "command/command.h"

namespace slotway {

/// Counts the errors among replies, for the one error that says what happened.
class ErrorTally {
 public:
  void add(Slice reply);
  bool any() const { return errors_ > 0; }
  /// Some failed and some did not.
  bool partial() const { return any() && errors_ < replies_; }
  /// Appends the one frame: "ERR MSET: 1 of 3 parts failed, 2 succeeded: OOM command not allowed ...", or the error
  /// itself when it is the only one. The code of the parts' errors (here it is OOM) stands in front only where it is true of
  /// the whole: of a read, or when no part succeeded. Clients repeat a command because of its error's code.
  void answer(const Command& command, Bytes& out) const;

 private:
  uint64_t replies_ = 0;
  uint64_t errors_ = 0;
  std::string first_;  ///< error, the whole frame
  bool alike_ = true;  ///< all errors are the same
  bool oneCode_ = true; ///< all errors have the same code
};

/// `replies`: one whole RESP frame per piece, in the plan's order. `pieceOfKey`: as in the Plan (KeyOrder), else empty.
/// `command` is named in error texts. Appends exactly one frame to `out`.
/// When all pieces failed with one and the same error, that error is the answer.
/// AnyOk: that a node is not busy counts beside another error for nothing. Running: of a node that runs something.
/// Replies that do not fit together (or none at all) are an error, too. The answer speaks the RESP of the replies.
SLOTWAY_APART void merge(Merge rule, const Command& command, std::span<const Slice> replies,
                         std::span<const uint32_t> pieceOfKey, Bytes& out);

}  // namespace slotway
