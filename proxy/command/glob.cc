#include "command/glob.h"

#include <utility>

#include "command/words.h"

namespace slotway {
namespace {

struct AnyCase {
  static unsigned char letter(char byte) { return lower(byte); }
};
struct ExactCase {
  static unsigned char letter(char byte) { return static_cast<unsigned char>(byte); }
};

// Takes one element of a set, "x", "\x" or "a-z", from the front of `set`.
template <class Case>
std::pair<unsigned char, unsigned char> takeRange(Slice& set) {
  const bool escaped = set.size() >= 2 && set[0] == '\\';
  if (escaped) set.remove_prefix(1);
  unsigned char from = Case::letter(set[0]);
  unsigned char to = from;
  const bool range = !escaped && set.size() >= 3 && set[1] == '-';
  if (range) to = Case::letter(set[2]);
  set.remove_prefix(range ? 3 : 1);
  if (from > to) std::swap(from, to);
  return {from, to};
}

// `pattern` begins behind '['; takes it up to behind ']' (or to its end, if that is missing).
template <class Case>
bool takeSet(Slice& pattern, char letter) {
  const bool negated = !pattern.empty() && pattern[0] == '^';
  if (negated) pattern.remove_prefix(1);
  bool among = false;
  while (!pattern.empty() && pattern[0] != ']') {
    const auto [from, to] = takeRange<Case>(pattern);
    among |= from <= Case::letter(letter) && Case::letter(letter) <= to;
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return among != negated;
}

// Takes the pattern's first element, which is no '*', and says whether it matches `letter`.
template <class Case>
bool takeOne(Slice& pattern, char letter) {
  const char first = pattern[0];
  pattern.remove_prefix(1);
  if (first == '?') return true;
  if (first == '[') return takeSet<Case>(pattern, letter);
  if (first != '\\' || pattern.empty()) return Case::letter(first) == Case::letter(letter);
  const char escaped = pattern[0];
  pattern.remove_prefix(1);
  return Case::letter(escaped) == Case::letter(letter);
}

template <class Case>
bool matches(Slice pattern, Slice text) {
  if (text.empty()) return pattern.empty();  // not even "*" does, as Redis has it
  // Where to try again: behind the last '*', one letter later than last time. Never worse than quadratic.
  Slice starPattern;
  Slice starText;
  bool star = false;
  while (!text.empty()) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      starPattern = pattern;
      starText = text;
      star = true;
      continue;
    }
    if (!pattern.empty() && takeOne<Case>(pattern, text[0])) {
      text.remove_prefix(1);
      continue;
    }
    if (!star) return false;
    starText.remove_prefix(1);
    pattern = starPattern;
    text = starText;
  }
  return pattern.find_first_not_of('*') == Slice::npos;
}

}  // namespace

bool globMatches(Slice pattern, Slice text) { return matches<AnyCase>(pattern, text); }
bool globMatchesExactly(Slice pattern, Slice text) { return matches<ExactCase>(pattern, text); }

bool globMayBeginWith(Slice pattern, Slice prefix) {
  for (const char letter : prefix) {
    if (pattern.empty()) return false;
    if (pattern[0] == '*') return true;
    if (!takeOne<ExactCase>(pattern, letter)) return false;
  }
  return true;
}

}  // namespace slotway
