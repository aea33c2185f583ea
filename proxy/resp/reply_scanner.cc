#include "resp/reply_scanner.h"

#include <cstddef>

#include "resp/header_line.h"

namespace slotway {
namespace {

// No reply comes near: with it no sum of ours can overflow, however many headers lie to us.
constexpr uint64_t kMost = uint64_t{1} << 40;
constexpr uint64_t kLineEnd = 2;
constexpr Slice kNullBulk = "$-1\r\n";
constexpr std::ptrdiff_t kShortLine = 128;

const char* findLineEnd(const char* at, const char* end) {
  const size_t found = Slice(at, static_cast<size_t>(end - at)).find("\r\n");
  return found == Slice::npos ? nullptr : at + found;
}

bool isTooLong(const char* at, const char* end) { return end - at >= static_cast<std::ptrdiff_t>(kLongestLine); }

bool isText(char type) {
  switch (type) {
    case '+':
    case '-':
    case ':':
    case ',':
    case '#':
    case '_':
    case '(': return true;
    default: return false;
  }
}

bool isBulk(char type) { return type == '$' || type == '!' || type == '='; }
// Only RESP2's two nulls are written as a negative length.
bool mayBeNull(char type) { return type == '$' || type == '*'; }

// How many frames one of the announced elements is; 0: not the type of an aggregate.
uint64_t framesPerElement(char type) {
  switch (type) {
    case '*':
    case '~':
    case '>': return 1;
    case '%':
    case '|': return 2;
    default: return 0;
  }
}

}  // namespace

ReplyScanner::Status ReplyScanner::scan(Slice bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  if (!midway_) {
    if (const char* const behind = passWhole(at, end)) {
      type_ = *at;
      consumed_ = static_cast<size_t>(behind - at);
      return Status::Complete;
    }
  }
  Status status = Status::Complete;
  do {
    status = skip_ != 0 ? passBulk(at, end) : inLine_ ? passLine(at, end) : passHeader(at, end);
  } while (status == Status::Complete && (framesLeft_ != 0 || skip_ != 0 || inLine_));
  consumed_ = static_cast<size_t>(at - bytes.data());
  if (status == Status::Complete) {
    framesLeft_ = 1;
    midway_ = false;
  }
  return status;
}

// The common case, in one pass that leaves no trace: strings, numbers, short lines and aggregates of them, all of it there.
// Returns what is behind the reply, or nullptr when it takes a closer look.
const char* ReplyScanner::passWhole(const char* at, const char* end) {
  for (int64_t left = 1; left > 0; --left) {
    if (at == end) return nullptr;
    const char type = *at;
    const bool common = type == '$' || type == '*';
    if (!common && isText(type)) {
      const char* const last = at + std::min<std::ptrdiff_t>(end - at, kShortLine);
      while (at != last && *at != '\r') ++at;
      if (end - at < 2 || at == last || at[1] != '\n') return nullptr;
      at += kLineEnd;
      continue;
    }
    const uint64_t perElement = common ? type == '*' : framesPerElement(type);
    if (!common && (perElement == 0 || type == '|')) return nullptr;
    int64_t number = 0;
    const char* const behind = quickNumber(at + 1, end, number);
    if (behind == nullptr) {
      if (!Slice(at, static_cast<size_t>(end - at)).starts_with(kNullBulk)) return nullptr;
      at += kNullBulk.size();
    } else if (perElement != 0) {
      left += number * static_cast<int64_t>(perElement);
      at = behind;
    } else {
      if (end - behind < number + static_cast<int64_t>(kLineEnd)) return nullptr;
      if (behind[number] != '\r' || behind[number + 1] != '\n') return nullptr;
      at = behind + number + kLineEnd;
    }
  }
  return at;
}

// The functions below step over one part of a frame; Complete: that part is done.
ReplyScanner::Status ReplyScanner::passHeader(const char*& at, const char* end) {
  if (at == end) return Status::NeedMore;
  const char type = *at;
  if (isText(type)) return passText(at, end);
  if (!isBulk(type) && framesPerElement(type) == 0) return Status::Error;
  int64_t number = 0;
  const char* behind = quickNumber(at + 1, end, number);
  if (behind == nullptr) {
    const char* const lineEnd = findLineEnd(at, end);
    if (lineEnd == nullptr) return isTooLong(at, end) ? Status::Error : Status::NeedMore;
    if (!strictNumber({at + 1, lineEnd}, number)) return Status::Error;
    behind = lineEnd + kLineEnd;
  }
  begin(type);
  at = behind;
  return take(type, number);
}

// A line of text may be of any length (a script can make one), but only short ones are waited for as a whole.
ReplyScanner::Status ReplyScanner::passText(const char*& at, const char* end) {
  const char* const lineEnd = findLineEnd(at, end);
  if (lineEnd == nullptr && !isTooLong(at, end)) return Status::NeedMore;
  begin(*at);
  --framesLeft_;
  inLine_ = lineEnd == nullptr;
  if (inLine_) return passLine(at, end);
  at = lineEnd + kLineEnd;
  return Status::Complete;
}

// The rest of a long line. A '\r' at the end of what is there is shown again.
ReplyScanner::Status ReplyScanner::passLine(const char*& at, const char* end) {
  const char* const lineEnd = findLineEnd(at, end);
  inLine_ = lineEnd == nullptr;
  if (inLine_) {
    at = at != end && end[-1] == '\r' ? end - 1 : end;
    return Status::NeedMore;
  }
  at = lineEnd + kLineEnd;
  return Status::Complete;
}

// The type that counts is that of the first frame which is not (in) an attribute. Attributes in front of the reply leave
// the one frame that was waited for from the start, so their own frames are passed when that is the last one left.
void ReplyScanner::begin(char type) {
  if (!midway_) type_ = 0;
  midway_ = true;
  if (type_ == 0 && framesLeft_ == 1 && type != '|') type_ = type;
}

// A header with a number has been read: what it announces is now to come.
ReplyScanner::Status ReplyScanner::take(char type, int64_t number) {
  const uint64_t perElement = framesPerElement(type);
  if (type != '|') --framesLeft_;
  if (number == -1 && mayBeNull(type)) return Status::Complete;
  if (number < 0 || static_cast<uint64_t>(number) > kMost) return Status::Error;
  if (perElement == 0) {
    skip_ = static_cast<uint64_t>(number) + kLineEnd;
    return Status::Complete;
  }
  framesLeft_ += static_cast<uint64_t>(number) * perElement;
  return framesLeft_ > kMost ? Status::Error : Status::Complete;
}

ReplyScanner::Status ReplyScanner::passBulk(const char*& at, const char* end) {
  const uint64_t there = static_cast<uint64_t>(end - at);
  const uint64_t content = skip_ > kLineEnd ? skip_ - kLineEnd : 0;
  const uint64_t jump = content < there ? content : there;
  at += jump;
  skip_ -= jump;
  for (; at != end && skip_ != 0 && skip_ <= kLineEnd; ++at, --skip_) {
    if (*at != (skip_ == kLineEnd ? '\r' : '\n')) return Status::Error;
  }
  return skip_ == 0 ? Status::Complete : Status::NeedMore;
}

}  // namespace slotway
