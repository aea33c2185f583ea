// The number in a frame's header line ("*3\r\n", "$-1\r\n"), as strict as a server's own parser: no plus sign, no leading
// zero. What passes here means the same to every server that it is forwarded to.
// Thread: any (pure).
#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "base/slice.h"

namespace slotway {

/// Neither a client nor a server may take longer for one header line. Source: PROTO_INLINE_MAX_SIZE of Redis.
constexpr size_t kLongestLine = 64 * 1024;

/// The whole of `text` as a number. Source: string2ll of Redis.
inline bool strictNumber(Slice text, int64_t& value) {
  const size_t first = text.starts_with('-') ? 1 : 0;
  if (text.size() == first || (text[first] == '0' && text.size() > 1)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

/// Up to nine digits and a line end, all of it there. Returns what is behind the line end, or nullptr when it takes a
/// closer look (unfinished, negative, huge, wrong).
inline const char* shortNumber(const char* at, const char* end, int64_t& value) {
  const char* const start = at;
  const char* const last = at + std::min<std::ptrdiff_t>(end - at, 9);
  int64_t number = 0;
  for (; at != last; ++at) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit > 9) break;
    number = number * 10 + digit;
  }
  const bool canonical = at - start == 1 || (at != start && *start != '0');
  if (!canonical || end - at < 2 || at[0] != '\r' || at[1] != '\n') return nullptr;
  value = number;
  return at + 2;
}

/// The same; one and two digits, which is what nearly every header has, without a loop or a call.
[[gnu::always_inline]] inline const char* quickNumber(const char* at, const char* end, int64_t& value) {
  if (end - at < 4) return shortNumber(at, end, value);
  const unsigned first = static_cast<unsigned char>(at[0] - '0');
  const unsigned second = static_cast<unsigned char>(at[1] - '0');
  if (first <= 9 && at[1] == '\r' && at[2] == '\n') {
    value = first;
    return at + 3;
  }
  if (first - 1 <= 8 && second <= 9 && at[2] == '\r' && at[3] == '\n') {
    value = first * 10 + second;
    return at + 4;
  }
  return shortNumber(at, end, value);
}

}  // namespace slotway
