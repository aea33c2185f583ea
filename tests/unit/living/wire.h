// Frames for scripts, written as one would say them.
#pragma once
#include <string>

#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "cluster/node.h"
#include "command/args.h"

namespace slotway::test {

inline std::string bulk(Slice text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string(text) + "\r\n";
}

/// kind: "MOVED" or "ASK".
inline std::string redirect(Slice kind, Slice key, const Endpoint& to) {
  return "-" + std::string(kind) + " " + std::to_string(hashSlot(key)) + " " + to.text() + "\r\n";
}

inline constexpr Slice kOk = "+OK\r\n";
inline constexpr Slice kTryAgain = "-TRYAGAIN Multiple keys request during rehashing of slot\r\n";
inline constexpr Slice kClusterDown = "-CLUSTERDOWN The cluster is down\r\n";

}  // namespace slotway::test
