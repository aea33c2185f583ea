// How long a connection to a node waits before it is tried again. Doubles with every failure, and half of it is chance, so
// that those that were lost together do not come back together.
// Thread: any (what chance says is each thread's own).
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>

#include "settings/settings.h"

namespace slotway {

/// `failures` in a row, at least 1. Between half of the wait and all of it: timeouts.reconnect_min and twice as much each
/// time, up to timeouts.reconnect_max.
inline uint64_t reconnectWaitMs(const Settings::Timeouts& timeouts, uint64_t failures) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const uint64_t doublings = std::min<uint64_t>(failures - 1, 16);
  const uint64_t most = std::min(timeouts.reconnectMinMs << doublings, timeouts.reconnectMaxMs);
  return most / 2 + std::uniform_int_distribution<uint64_t>(0, most - most / 2)(random);
}

}  // namespace slotway
