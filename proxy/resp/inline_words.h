// Splits the line of an inline command into words and resolves quotes and escapes in place.
//
//     SET k "two\x20words" 'it\'s'    -> SET, k, two words, it's
//
// Thread: any (pure). Source: sdssplitargs of Redis 7.0. Unlike there, a zero byte is a byte like any other.
#pragma once
#include <vector>

#include "base/slice.h"

namespace slotway {

/// Appends the words of [begin, end) to `words`, as views into it. False: a quote is not closed, or something other than
/// white space follows a closing one; the bytes are then left half resolved.
bool splitInline(char* begin, char* end, std::vector<Slice>& words);

}  // namespace slotway
