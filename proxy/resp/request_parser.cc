#include "resp/request_parser.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/check.h"
#include "resp/header_line.h"
#include "resp/inline_words.h"

namespace slotway {
namespace {

constexpr size_t kLineEnd = 2;
// "$0\r\n\r\n": what an argument takes at least.
constexpr int64_t kSmallestBulk = 6;
// Before AUTH. Source: readQueryFromClient and processMultibulkBuffer of Redis 7.0.
constexpr int64_t kStrangerArgs = 10;
constexpr int64_t kStrangerBulkBytes = 16384;

constexpr Slice kTooLarge = "Protocol error: request too large";

// The bytes have moved and the old ones may be gone, so addresses are subtracted as numbers.
void rebase(std::vector<Slice>& args, const char* from, const char* to) {
  for (Slice& arg : args) {
    const size_t offset = reinterpret_cast<uintptr_t>(arg.data()) - reinterpret_cast<uintptr_t>(from);
    arg = {to + offset, arg.size()};
  }
}

}  // namespace

RequestParser::Status RequestParser::parse(char* data, size_t size, std::vector<Slice>& args, const Limits& limits) {
  if (!midway()) {
    args.clear();
    if (parseWhole(data, size, args, limits)) return Status::Complete;
    args.clear();
  } else if (data != base_) {
    rebase(args, base_, data);
  }
  base_ = data;
  if (size == 0) return needMore(1);
  inline_ = data[0] != '*';
  return inline_ ? parseInline(data, size, args, limits) : parseMultibulk(data, size, args, limits);
}

// The common case, in one pass that leaves no trace: an ordinary request, all of it there. False: it takes a closer look.
bool RequestParser::parseWhole(const char* data, size_t size, std::vector<Slice>& args, const Limits& limits) {
  const char* const end = data + std::min(size, limits.requestBytes);
  int64_t count = 0;
  if (size == 0 || *data != '*' || !limits.authenticated) return false;
  const char* at = quickNumber(data + 1, end, count);
  if (at == nullptr || count == 0) return false;
  for (; count > 0; --count) {
    int64_t length = 0;
    if (at == end || *at != '$') return false;
    const char* const bulk = quickNumber(at + 1, end, length);
    const auto bytes = static_cast<size_t>(length);
    if (bulk == nullptr || static_cast<size_t>(end - bulk) < bytes + kLineEnd || bytes > limits.bulkBytes) return false;
    if (bulk[bytes] != '\r' || bulk[bytes + 1] != '\n') return false;
    args.emplace_back(bulk, bytes);
    at = bulk + bytes + kLineEnd;
  }
  inline_ = false;
  consumed_ = static_cast<size_t>(at - data);
  return true;
}

RequestParser::Status RequestParser::parseMultibulk(const char* data, size_t size, std::vector<Slice>& args,
                                                    const Limits& limits) {
  if (argsLeft_ < 0) {
    const Status status = arrayHeader({data, size}, limits);
    if (status != Status::Complete) return status;
  }
  while (argsLeft_ > 0) {
    if (bulkLeft_ < 0) {
      const Status status = bulkHeader({data, size}, limits);
      if (status != Status::Complete) return status;
    }
    const size_t length = static_cast<size_t>(bulkLeft_);
    const size_t there = size - position_;
    if (there < length + kLineEnd) return needMore(length + kLineEnd - there);
    const char* const bulk = data + position_;
    if (bulk[length] != '\r' || bulk[length + 1] != '\n') return fail("Protocol error: invalid bulk length");
    args.emplace_back(bulk, length);
    position_ += length + kLineEnd;
    bulkLeft_ = -1;
    --argsLeft_;
  }
  return finish(position_, Status::Complete);
}

// Complete here and in bulkHeader(): the header is read, go on.
RequestParser::Status RequestParser::arrayHeader(Slice data, const Limits& limits) {
  int64_t count = 0;
  const Line line = headerLine(data, count);
  if (line == Line::Unfinished) return needMore(1);
  if (line == Line::TooLong) return fail("Protocol error: too big mbulk count string");
  if (line == Line::Malformed || count > std::numeric_limits<int32_t>::max()) {
    return fail("Protocol error: invalid multibulk length");
  }
  if (!limits.authenticated && count > kStrangerArgs) return fail("Protocol error: unauthenticated multibulk length");
  if (count <= 0) return finish(position_, Status::Empty);
  if (position_ + static_cast<size_t>(count * kSmallestBulk) > limits.requestBytes) return failSize(kTooLarge);
  argsLeft_ = count;
  return Status::Complete;
}

RequestParser::Status RequestParser::bulkHeader(Slice data, const Limits& limits) {
  const size_t start = position_;
  int64_t length = 0;
  const Line line = headerLine(data, length);
  if (line == Line::Unfinished) return needMore(1);
  if (line == Line::TooLong) return fail("Protocol error: too big bulk count string");
  if (data[start] != '$') return failType(data[start]);
  if (line == Line::Malformed || length < 0) return fail("Protocol error: invalid bulk length");
  if (static_cast<size_t>(length) > limits.bulkBytes) return failSize("Protocol error: invalid bulk length");
  if (!limits.authenticated && length > kStrangerBulkBytes) return fail("Protocol error: unauthenticated bulk length");
  if (position_ + static_cast<size_t>(length) + kLineEnd > limits.requestBytes) return failSize(kTooLarge);
  bulkLeft_ = length;
  return Status::Complete;
}

// Reads the line at position_, whose first byte is the frame's type, and steps behind it if it is well-formed.
RequestParser::Line RequestParser::headerLine(Slice data, int64_t& number) {
  const char* const end = data.data() + data.size();
  if (data.size() > position_) {
    if (const char* behind = quickNumber(data.data() + position_ + 1, end, number)) {
      position_ = static_cast<size_t>(behind - data.data());
      scanned_ = 0;
      return Line::Read;
    }
  }
  const size_t length = lineLength(data.substr(position_), '\r');
  if (length == kTooLong) return Line::TooLong;
  if (length == kUnfinished || position_ + length + 1 == data.size()) return Line::Unfinished;
  // Redis looks at neither the byte behind the '\r' nor, with a wrong type, at the rest; a server that is sent this line
  // must read it as we do, so we insist on both.
  const bool wellFormed = length > 0 && data[position_ + length + 1] == '\n' &&
                          strictNumber(data.substr(position_ + 1, length - 1), number);
  if (!wellFormed) return Line::Malformed;
  position_ += length + kLineEnd;
  scanned_ = 0;
  return Line::Read;
}

// How many bytes stand before `last`. What was looked through in vain once is not looked through again.
size_t RequestParser::lineLength(Slice bytes, char last) {
  const size_t window = std::min(bytes.size(), kLongestLine + 1);
  const size_t found = bytes.substr(0, window).find(last, scanned_);
  scanned_ = std::min(found, window);
  if (found != Slice::npos) return found;
  return bytes.size() > kLongestLine ? kTooLong : kUnfinished;
}

RequestParser::Status RequestParser::parseInline(char* data, size_t size, std::vector<Slice>& args,
                                                 const Limits& limits) {
  const size_t length = lineLength({data, size}, '\n');
  if (length == kTooLong) return fail("Protocol error: too big inline request");
  if (length == kUnfinished) return needMore(1);
  if (length + 1 > limits.requestBytes) return failSize(kTooLarge);
  if (!splitInline(data, data + length, args)) return fail("Protocol error: unbalanced quotes in request");
  return finish(length + 1, args.empty() ? Status::Empty : Status::Complete);
}

RequestParser::Status RequestParser::needMore(size_t count) {
  missing_ = count;
  return Status::NeedMore;
}

RequestParser::Status RequestParser::fail(Slice text) {
  errorSize_ = static_cast<uint8_t>(std::min(text.size(), sizeof(error_)));
  std::memcpy(error_, text.data(), errorSize_);
  return Status::Error;
}

RequestParser::Status RequestParser::failSize(Slice text) {
  tooLarge_ = true;
  return fail(text);
}

RequestParser::Status RequestParser::failType(char type) {
  constexpr Slice kText = "Protocol error: expected '$', got 'x'";
  fail(kText);
  error_[kText.size() - 2] = type == '\r' || type == '\n' ? ' ' : type;
  return Status::Error;
}

RequestParser::Status RequestParser::finish(size_t end, Status status) {
  consumed_ = end;
  position_ = scanned_ = 0;
  argsLeft_ = bulkLeft_ = -1;
  return status;
}

std::vector<Slice> argsOf(Slice wire) {
  RequestParser parser;
  std::vector<Slice> args;
  RequestParser::Limits limits;
  limits.bulkBytes = limits.requestBytes = SIZE_MAX;
  // Only an inline command would be written to.
  CHECK_THAT(wire.starts_with('*'));
  CHECK_THAT(parser.parse(const_cast<char*>(wire.data()), wire.size(), args, limits) == RequestParser::Status::Complete);
  return args;
}

}  // namespace slotway
