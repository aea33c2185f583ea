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

/// What goes before its request; empty: nothing.
inline Slice cachingOf(const RoutedLeg& leg) {
  const Slice wire = leg.wire.slice();
  return wire.starts_with(kCachingYes) ? kCachingYes : wire.starts_with(kCachingNo) ? kCachingNo : Slice();
}

/// The leg goes without it. True: what it reads would have been remembered, and now is not.
inline bool dropCaching(RoutedLeg& leg) {
  const Slice word = cachingOf(leg);
  if (word.empty()) return false;
  leg.wire.dropFront(word.size());
  --leg.preludes;
  return word == kCachingYes;
}

}  // namespace slotway
