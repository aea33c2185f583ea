// Bytes of a client -> Request. Resumable at every byte; owns no memory but its few counters.
//
//     *2\r\n $3\r\n GET\r\n $1\r\n k\r\n     -> args {GET, k}
//     GET "k"\r\n                            -> args {GET, k}, wire empty (inline)
//
// Owner: one per client connection. Thread: the client's worker (pure).
// Source: the RESP specification; limits and error texts of Redis 7.0 networking.c (processMultibulkBuffer,
// processInlineBuffer). Stricter than Redis where it skips a line end without looking: every '\r' must be followed by
// '\n' and every bulk by both, since `wire` goes to shared servers as it is and must mean the same to them.
#pragma once
#include <cstdint>
#include <vector>

#include "base/slice.h"
#include "resp/request.h"

namespace slotway {

class RequestParser {
 public:
  enum class Status : uint8_t {
    Complete,  ///< `args` holds the request, consumed() its length; the parser is ready for the next one
    Empty,     ///< consumed() bytes were an empty line or an empty array: nothing to answer, go on
    NeedMore,  ///< call again with the same bytes and more behind them
    Error,     ///< error() says why; the connection cannot go on
  };

  struct Limits {
    size_t bulkBytes = 512u * 1024 * 1024;    ///< Redis: proto-max-bulk-len
    size_t requestBytes = 512u * 1024 * 1024; ///< all of one request together, headers and line ends too
    bool authenticated = true;                ///< before AUTH: at most 10 arguments of 16 KiB (Redis 6.2.7 and later)
  };

  /// `data` begins at the first byte of a request, or at the same request as in the last call if that said NeedMore
  /// (the bytes may have been moved elsewhere meanwhile). Inline commands are unescaped in place.
  /// `args` must be the same vector from NeedMore to Complete.
  Status parse(char* data, size_t size, std::vector<Slice>& args, const Limits& limits);

  /// After Complete or Empty.
  size_t consumed() const { return consumed_; }
  bool isInline() const { return inline_; }
  /// After NeedMore: how many bytes are certainly missing still; at least 1.
  size_t missing() const { return missing_; }
  /// After Error: Redis's own text, without "-ERR ". It may contain any byte that the client sent, but no line break.
  Slice error() const { return {error_, errorSize_}; }
  /// After Error: the request is larger than the limits allow.
  bool tooLarge() const { return tooLarge_; }
  /// In the middle of a request?
  bool midway() const { return position_ + scanned_ != 0; }

 private:
  enum class Line : uint8_t { Read, Unfinished, TooLong, Malformed };
  static constexpr size_t kUnfinished = SIZE_MAX;
  static constexpr size_t kTooLong = SIZE_MAX - 1;

  bool parseWhole(const char* data, size_t size, std::vector<Slice>& args, const Limits& limits);
  Status parseMultibulk(const char* data, size_t size, std::vector<Slice>& args, const Limits& limits);
  Status parseInline(char* data, size_t size, std::vector<Slice>& args, const Limits& limits);
  Status arrayHeader(Slice data, const Limits& limits);
  Status bulkHeader(Slice data, const Limits& limits);
  Line headerLine(Slice data, int64_t& number);
  size_t lineLength(Slice bytes, char last);
  Status needMore(size_t count);
  Status fail(Slice text);
  Status failSize(Slice text);
  Status failType(char type);
  Status finish(size_t end, Status status);

  const char* base_ = nullptr;  ///< where `data` was in the last call
  size_t position_ = 0;         ///< all before it is understood
  size_t scanned_ = 0;          ///< bytes behind position_ that were searched for a line end in vain
  size_t consumed_ = 0;
  size_t missing_ = 1;
  int64_t argsLeft_ = -1;       ///< -1: the array's header has not been read
  int64_t bulkLeft_ = -1;       ///< length of the bulk at position_; -1: its header has not been read
  bool inline_ = false;
  bool tooLarge_ = false;
  uint8_t errorSize_ = 0;
  char error_[64] = {};
};

/// The arguments of one whole request that is known to be well-formed, an array of bulks; more may stand behind it. Views
/// into `wire`.
std::vector<Slice> argsOf(Slice wire);

}  // namespace slotway
