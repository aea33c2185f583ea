#include "resp/inline_words.h"

namespace slotway {
namespace {

bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What ends a word outside quotes; Redis lets vertical tab and form feed be part of one.
bool endsWord(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

char escaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
  }
}

// `from` reads ahead of `to`, which writes: resolving never makes a word longer.
class Word {
 public:
  Word(char* from, char* end) : from_(from), to_(from), end_(end) {}

  // Passes over one word; false when its quotes are wrong.
  bool resolve() {
    while (from_ != end_ && !endsWord(*from_)) {
      const char c = *from_++;
      if (c == '"' || c == '\'') return c == '"' ? doubleQuoted() : singleQuoted();
      *to_++ = c;
    }
    return true;
  }

  char* from() const { return from_; }
  char* to() const { return to_; }

 private:
  size_t left() const { return static_cast<size_t>(end_ - from_); }
  // Behind a closing quote the word must end.
  bool closed() const { return from_ == end_ || isSpace(*from_); }

  bool doubleQuoted() {
    while (from_ != end_) {
      const char c = *from_++;
      if (c == '"') return closed();
      *to_++ = c == '\\' && from_ != end_ ? escape() : c;
    }
    return false;
  }

  bool singleQuoted() {
    while (from_ != end_) {
      const char c = *from_++;
      if (c == '\'') return closed();
      const bool quote = c == '\\' && from_ != end_ && *from_ == '\'';
      *to_++ = quote ? *from_++ : c;
    }
    return false;
  }

  // What stands behind a backslash.
  char escape() {
    if (left() >= 3 && from_[0] == 'x' && hexDigit(from_[1]) >= 0 && hexDigit(from_[2]) >= 0) {
      const int byte = hexDigit(from_[1]) * 16 + hexDigit(from_[2]);
      from_ += 3;
      return static_cast<char>(byte);
    }
    return escaped(*from_++);
  }

  char* from_;
  char* to_;
  char* const end_;
};

}  // namespace

bool splitInline(char* begin, char* end, std::vector<Slice>& words) {
  for (char* at = begin;;) {
    while (at != end && isSpace(*at)) ++at;
    if (at == end) return true;
    Word word(at, end);
    if (!word.resolve()) return false;
    words.emplace_back(at, static_cast<size_t>(word.to() - at));
    at = word.from();
  }
}

}  // namespace slotway
