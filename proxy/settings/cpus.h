// How many CPUs this process may use, and how many workers follow from that. A container sees all CPUs of its machine;
// what it may use stands in its affinity and in its cgroup's quota.
// Thread: any (reads small files).
#pragma once
#include <string>

#include "settings/settings.h"

namespace slotway {

/// CPUs that sched_setaffinity(2), taskset or a cpuset leaves us; at least 1.
unsigned affinityCpus();

/// CPUs that the cgroup's quota leaves, 1.5 say; 0: no quota. The tightest of our cgroup and those above it counts.
/// cgroup v2: cpu.max; v1: cpu.cfs_quota_us and cpu.cfs_period_us (Documentation/scheduler/sched-bwc.rst of Linux).
double quotaCpus(const std::string& mount = "/sys/fs/cgroup", const std::string& membership = "/proc/self/cgroup");

/// settings.workers if given, else the whole CPUs that both leave, at least 1 and at most 2: a worker that shares a
/// CPU with another under a quota is throttled in the middle of its loop, and a sidecar must not open many links.
unsigned resolveWorkers(const Settings& settings, unsigned affinityCpus, double quotaCpus);

}  // namespace slotway
