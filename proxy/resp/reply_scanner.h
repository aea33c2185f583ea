// Finds where one reply of a server ends, without understanding it. RESP2 and RESP3, resumable at every byte, no stack:
// an aggregate of n elements just means n more frames. Owns no memory.
// Owner: one per link. Thread: the link's worker (pure).
// Source: the RESP2 and RESP3 specifications.
#pragma once
#include <cstdint>

#include "base/slice.h"

namespace slotway {

class ReplyScanner {
 public:
  enum class Status : uint8_t { Complete, NeedMore, Error };

  /// `bytes` continues exactly behind the bytes that earlier calls consumed (nothing is shown twice, save an unfinished
  /// line: see consumed()). Complete: the reply ends after consumed() bytes of this call.
  /// NeedMore: consumed() bytes are done with; what is behind them is an unfinished header line (shorter than 64 KiB,
  /// else Error) and must be shown again with more behind it.
  Status scan(Slice bytes);

  size_t consumed() const { return consumed_; }
  /// The type byte of the frame that the reply began with ('-', '$', '*' ...); attributes before it are part of it.
  /// Valid once one header has been read, until the next reply begins.
  char type() const { return type_; }
  bool midway() const { return midway_; }
  /// Bytes of the bulk in progress that have not come yet (0 outside one): a hint for the buffer that reads on.
  size_t bulkLeft() const { return skip_; }

 private:
  uint64_t framesLeft_ = 1;
  uint64_t skip_ = 0;      ///< bytes of a bulk, with its line end, still to pass over
  size_t consumed_ = 0;
  char type_ = 0;
  bool midway_ = false;
};

}  // namespace slotway
