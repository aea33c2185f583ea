// Whole numbers, durations and sizes as an operator writes them. An error is what is wrong with the text, to be put behind
// it: `"abc"` + ` is not a duration`. What does not fit 64 bits becomes their largest number and so falls out of any range.
// Thread: any (pure).
#pragma once
#include <cstdint>

#include "base/result.h"
#include "base/slice.h"

namespace slotway::settings {

/// Decimal digits, and no leading zero (which YAML 1.1 would read as octal).
Result<uint64_t> parseInteger(Slice text);
/// In ms, from "500ms", "2s", "3m", "1h"; of all bare numbers only 0.
Result<uint64_t> parseDuration(Slice text);
/// In bytes, from "100", "100b", "64kb", "64mb", "1gb", in any case; 1kb is 1024 bytes, as in redis.conf.
Result<uint64_t> parseSize(Slice text);

}  // namespace slotway::settings
