// The arguments of SCAN, read as Redis reads them.
// Thread: any (pure). Source: Redis 7.0 db.c, parseScanCursorOrReply and scanGenericCommand.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "base/slice.h"
#include "command/scan_cursor.h"

namespace slotway {

struct ScanRequest {
  ScanCursor from;          ///< of a number that we never give: the very end
  uint64_t count = 10;
  /// Of MATCH; none: every key.
  std::optional<std::string> pattern;
  std::optional<std::string> type;
  /// Only slots before this one, from `from` on.
  size_t endSlot = kHashSlots;
  /// So much of each name that passes is left out of the answer.
  size_t hiddenBytes = 0;

  /// Does the key's name pass MATCH, and a type TYPE?
  bool matches(Slice key) const;
  bool accepts(Slice typeName) const;
};

/// `args` with the command's name. An error is the text that Redis answers, without '-'.
Result<ScanRequest> parseScan(std::span<const Slice> args);

}  // namespace slotway
