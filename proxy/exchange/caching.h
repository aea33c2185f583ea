// What goes directly before a request of a client that tells the nodes request by request what to remember (CLIENT TRACKING
// with OPTIN or OPTOUT): part of its leg's wire, its reply is swallowed (Leg::preludes).
// Source: Redis 7.0 server.c (resetClient): the word holds for the next command. ASKING is such a word, too, and each of
// them ends the other, so behind an ASK nothing can be said.
// Thread: the worker's (pure).
#pragma once
#include "exchange/routed_leg.h"

namespace slotway {

inline constexpr Slice kCachingYes = "*3\r\n$6\r\nCLIENT\r\n$7\r\nCACHING\r\n$3\r\nYES\r\n";
inline constexpr Slice kCachingNo = "*3\r\n$6\r\nCLIENT\r\n$7\r\nCACHING\r\n$2\r\nNO\r\n";

/// The leg goes without it. True: what it reads would have been remembered, and now is not.
inline bool dropCaching(RoutedLeg& leg) {
  const bool yes = leg.wire.slice().starts_with(kCachingYes);
  if (!yes && !leg.wire.slice().starts_with(kCachingNo)) return false;
  leg.wire.dropFront(yes ? kCachingYes.size() : kCachingNo.size());
  --leg.preludes;
  return yes;
}

}  // namespace slotway
