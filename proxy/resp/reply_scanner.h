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
  /// line: see consumed()). Complete: the reply ends after consumed() bytes of this call, and the next call begins the
  /// next reply.
  /// NeedMore: consumed() bytes are done with; what is behind them is an unfinished line shorter than 64 KiB and must be
  /// shown again with more behind it. So a line up to that length is always consumed in one piece; of a longer line of
  /// text (a status or an error that a script made) all is consumed that is there, save a '\r' at the end.
  /// Error: this is no RESP, or more than 2^40 bytes or frames were announced; the connection cannot go on.
  Status scan(Slice bytes);

  size_t consumed() const { return consumed_; }
  /// The type byte of the frame that the reply began with ('-', '$', '*' ...); attributes before it are part of it.
  /// Valid once that frame's header has been read, until the next reply begins; 0 before.
  char type() const { return type_; }
  /// Has part of a reply been consumed?
  bool midway() const { return midway_; }
  /// Bytes of the bulk in progress that have not come yet (0 outside one): a hint for the buffer that reads on.
  size_t bulkLeft() const { return static_cast<size_t>(skip_); }

 private:
  const char* passWhole(const char* at, const char* end);
  Status passHeader(const char*& at, const char* end);
  Status passText(const char*& at, const char* end);
  Status passLine(const char*& at, const char* end);
  Status passBulk(const char*& at, const char* end);
  void begin(char type);
  Status take(char type, int64_t number);

  uint64_t framesLeft_ = 1;  ///< of which the header has not been read
  uint64_t skip_ = 0;        ///< bytes of a bulk, with its line end, still to pass over
  size_t consumed_ = 0;
  char type_ = 0;
  bool midway_ = false;
  bool inLine_ = false;      ///< in a line of text that is too long to be shown again
};

}  // namespace slotway
