#include "command/glob.h"

#include <utility>

#include "command/words.h"

namespace slotway {
namespace {

// Takes one element of a set, "x", "\x" or "a-z", from the front of `set`.
std::pair<unsigned char, unsigned char> takeRange(Slice& set) {
  if (set.size() >= 2 && set[0] == '\\') set.remove_prefix(1);
  unsigned char from = lower(set[0]);
  unsigned char to = from;
  size_t size = 1;
  if (set.size() >= 3 && set[1] == '-') {
    to = lower(set[2]);
    size = 3;
  }
  set.remove_prefix(size);
  if (from > to) std::swap(from, to);
  return {from, to};
}

// `pattern` begins behind '['; takes it up to behind ']' (or to its end, if that is missing).
bool takeSet(Slice& pattern, char letter) {
  const bool negated = !pattern.empty() && pattern[0] == '^';
  if (negated) pattern.remove_prefix(1);
  bool among = false;
  while (!pattern.empty() && pattern[0] != ']') {
    const auto [from, to] = takeRange(pattern);
    among |= from <= lower(letter) && lower(letter) <= to;
  }
  if (!pattern.empty()) pattern.remove_prefix(1);
  return among != negated;
}

// Takes the pattern's first element, which is no '*', and says whether it matches `letter`.
bool takeOne(Slice& pattern, char letter) {
  const char first = pattern[0];
  pattern.remove_prefix(1);
  if (first == '?') return true;
  if (first == '[') return takeSet(pattern, letter);
  if (first != '\\' || pattern.empty()) return lower(first) == lower(letter);
  const char escaped = pattern[0];
  pattern.remove_prefix(1);
  return lower(escaped) == lower(letter);
}

}  // namespace

bool globMatches(Slice pattern, Slice text) {
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
    if (!pattern.empty() && takeOne(pattern, text[0])) {
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

}  // namespace slotway
