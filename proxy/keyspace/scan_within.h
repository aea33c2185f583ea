// SCAN of a keyspace: of the one slot that it has, with names as the nodes know them and answers as its client does.
// Thread: any (pure).
#pragma once
#include "command/scan_request.h"
#include "keyspace/keyspace.h"

namespace slotway {

inline ScanRequest scanWithin(const Keyspace& keyspace, ScanRequest request) {
  const HashSlot slot = keyspace.slot();
  // A cursor of another slot is none that was given here: the end.
  constexpr uint64_t kLastHash = (uint64_t{1} << ScanCursor::kHashBits) - 1;
  if (request.from == ScanCursor{}) request.from.slot = slot;
  if (request.from.slot != slot) request.from = {.slot = slot, .hash = kLastHash};
  request.endSlot = slot + size_t{1};
  request.pattern = keyspace.patternOf(request.pattern.value_or("*"));
  request.hiddenBytes = keyspace.prefix().size();
  return request;
}

}  // namespace slotway
