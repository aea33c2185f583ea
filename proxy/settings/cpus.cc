#include "settings/cpus.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

namespace slotway {
namespace {

constexpr unsigned kMostAuto = 2;

double tighter(double a, double b) {
  if (a <= 0 || b <= 0) return std::max({a, b, 0.0});
  return std::min(a, b);
}

double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

/// "max 100000" or "150000 100000"; the number fails to read from "max".
double quotaOfV2(const std::string& folder) {
  std::ifstream file(folder + "/cpu.max");
  double quota = 0;
  double period = 0;
  return file >> quota >> period ? ratio(quota, period) : 0;
}

/// The quota is -1 where there is none.
double quotaOfV1(const std::string& folder) {
  std::ifstream quotaFile(folder + "/cpu.cfs_quota_us");
  std::ifstream periodFile(folder + "/cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  return quotaFile >> quota && periodFile >> period ? ratio(quota, period) : 0;
}

/// From the group itself up to the mount. A container without a namespace of its own names a path that its mount does
/// not show; the walk passes over what is not there.
double tightest(const std::string& mount, std::string group, double (*quotaOf)(const std::string&)) {
  double cpus = quotaOf(mount);
  for (; group.size() > 1; group.resize(group.rfind('/'))) cpus = tighter(cpus, quotaOf(mount + group));
  return cpus;
}

bool namesCpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string controller; std::getline(list, controller, ',');)
    if (controller == "cpu") return true;
  return false;
}

/// One line of /proc/self/cgroup: "0::/pod/app" (v2) or "4:cpu,cpuacct:/pod/app" (v1).
double quotaOfLine(const std::string& mount, const std::string& line) {
  const size_t first = line.find(':');
  const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
  if (second == std::string::npos || line.substr(second + 1, 1) != "/") return 0;
  const std::string controllers = line.substr(first + 1, second - first - 1);
  const std::string group = line.substr(second + 1);
  if (controllers.empty()) return tightest(mount, group, quotaOfV2);
  if (!namesCpu(controllers)) return 0;
  return tighter(tightest(mount + "/" + controllers, group, quotaOfV1), tightest(mount + "/cpu", group, quotaOfV1));
}

}  // namespace

unsigned affinityCpus() {
  cpu_set_t set;
  // Fails on machines with more CPUs than the set holds: then there are plenty.
  if (sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1u, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

double quotaCpus(const std::string& mount, const std::string& membership) {
  std::ifstream file(membership);
  double cpus = 0;
  for (std::string line; std::getline(file, line);) cpus = tighter(cpus, quotaOfLine(mount, line));
  return cpus;
}

unsigned resolveWorkers(const Settings& settings, unsigned affinityCpus, double quotaCpus) {
  if (settings.workers != 0) return settings.workers;
  const double cpus = tighter(affinityCpus, quotaCpus);
  return std::clamp(static_cast<unsigned>(std::min(cpus, double{kMostAuto})), 1u, kMostAuto);
}

}  // namespace slotway
