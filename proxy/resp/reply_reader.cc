#include "resp/reply_reader.h"

#include <charconv>

#include "resp/header_line.h"

namespace slotway::resp {
namespace {

constexpr Slice kLineEnd = "\r\n";
constexpr Slice kNullBulk = "$-1\r\n";

bool readNumber(Slice text, int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool isLine(char type) {
  return type == '+' || type == '-' || type == '_' || type == ',' || type == '#' || type == '(';
}
bool isBulk(char type) { return type == '$' || type == '!' || type == '='; }
bool isAggregate(char type) { return type == '*' || type == '%' || type == '~' || type == '>' || type == '|'; }

}  // namespace

uint64_t ReplyReader::Frame::frames() const {
  if (null || !isAggregate(type)) return 0;
  const bool pairs = type == '%' || type == '|';
  return static_cast<uint64_t>(number) * (pairs ? 2 : 1);
}

ReplyReader::Frame ReplyReader::fail() {
  ok_ = false;
  rest_ = {};
  return {};
}

bool ReplyReader::takeLine(Slice& line) {
  const size_t end = rest_.find(kLineEnd);
  if (end == Slice::npos) return false;
  line = rest_.substr(0, end);
  rest_.remove_prefix(end + kLineEnd.size());
  return true;
}

// The common case: a bulk string behind a short number. False: it takes a closer look.
bool ReplyReader::takeQuickly(Slice& text) {
  if (rest_.empty() || rest_.front() != '$') return false;
  const char* const end = rest_.data() + rest_.size();
  int64_t size = 0;
  const char* const start = quickNumber(rest_.data() + 1, end, size);
  if (start == nullptr || end - start < size + static_cast<int64_t>(kLineEnd.size())) return false;
  const char* const last = start + size;
  if (last[0] != '\r' || last[1] != '\n') return false;
  text = {start, static_cast<size_t>(size)};
  rest_ = {last + kLineEnd.size(), static_cast<size_t>(end - last) - kLineEnd.size()};
  return true;
}

// ... which is not there.
bool ReplyReader::takeNull() {
  if (!rest_.starts_with(kNullBulk)) return false;
  rest_.remove_prefix(kNullBulk.size());
  return true;
}

// ... and an array's header.
bool ReplyReader::takeQuickly(Frame& frame) {
  if (rest_.empty()) return false;
  frame.type = rest_.front();
  if (frame.type != '*') {
    if (!takeQuickly(frame.text)) return false;
    frame.number = static_cast<int64_t>(frame.text.size());
    return true;
  }
  const char* const end = rest_.data() + rest_.size();
  const char* const behind = quickNumber(rest_.data() + 1, end, frame.number);
  if (behind == nullptr) return false;
  rest_ = {behind, static_cast<size_t>(end - behind)};
  return true;
}

bool ReplyReader::takeBulk(Frame& frame) {
  const auto size = static_cast<uint64_t>(frame.number);
  if (rest_.size() < kLineEnd.size() || size > rest_.size() - kLineEnd.size()) return false;
  if (rest_.substr(size, kLineEnd.size()) != kLineEnd) return false;
  frame.text = rest_.substr(0, size);
  rest_.remove_prefix(size + kLineEnd.size());
  return true;
}

ReplyReader::Frame ReplyReader::next() {
  Frame quick;
  if (takeQuickly(quick)) return quick;
  if (takeNull()) return {.type = '$', .text = {}, .number = -1, .null = true};
  Slice line;
  if (!takeLine(line) || line.empty()) return fail();
  Frame frame{.type = line.front(), .text = line.substr(1)};
  frame.null = frame.type == '_';
  if (isLine(frame.type)) return frame;
  if (frame.type != ':' && !isBulk(frame.type) && !isAggregate(frame.type)) return fail();
  if (!readNumber(frame.text, frame.number)) return fail();
  if (frame.type == ':') return frame;
  frame.text = {};
  frame.null = frame.number == -1 && (frame.type == '$' || frame.type == '*');
  if (frame.null) return frame;
  if (frame.number < 0) return fail();
  if (isAggregate(frame.type)) return frame;
  return takeBulk(frame) ? frame : fail();
}

Slice ReplyReader::skip() {
  const Slice before = rest_;
  if (Slice text; takeQuickly(text) || takeNull()) return before.substr(0, before.size() - rest_.size());
  // An array of n says that n more frames follow, an attribute the same before the frame that it belongs to; a count that
  // lies runs out of bytes long before it overflows.
  for (uint64_t left = 1; left > 0; --left) {
    const Frame frame = next();
    if (!ok_) return {};
    if (static_cast<uint64_t>(frame.number) > rest_.size() && frame.frames() > 0) return fail().text;
    left += frame.frames() + (frame.type == '|' ? 1 : 0);
  }
  return before.substr(0, before.size() - rest_.size());
}

}  // namespace slotway::resp
