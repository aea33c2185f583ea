#include "settings/cpus.h"

#include <doctest/doctest.h>
#include <sched.h>

#include "settings/temporary_folder.h"

namespace slotway {

TEST_CASE("settings cpus: workers that auto stands for") {
  struct Case {
    unsigned given;
    unsigned affinity;
    double quota;
    unsigned workers;
  };
  const Case cases[] = {
      {0, 1, 0, 1},  {0, 2, 0, 2},   {0, 64, 0, 2},   {0, 64, 0.1, 1}, {0, 64, 1.5, 1}, {0, 64, 2, 2},
      {0, 64, 8, 2}, {0, 1, 8, 1},   {5, 1, 0.5, 5},  {64, 2, 0, 64},  {0, 0, 0, 1},
  };
  for (const Case& one : cases) {
    CAPTURE(one.given);
    CAPTURE(one.affinity);
    CAPTURE(one.quota);
    Settings settings;
    settings.workers = one.given;
    CHECK(resolveWorkers(settings, one.affinity, one.quota) == one.workers);
  }
}

TEST_CASE("settings cpus: affinity") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(affinityCpus() == static_cast<unsigned>(CPU_COUNT(&before)));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(affinityCpus() == 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

TEST_CASE("settings cpus: quota of a cgroup") {
  struct File {
    const char* name;
    const char* text;
  };
  struct Case {
    std::string what;
    const char* membership;
    std::vector<File> files;
    double cpus;
  };
  const Case cases[] = {
      {"nothing known", "", {}, 0},
      {"v2, no quota", "0::/\n", {{"cpu.max", "max 100000\n"}}, 0},
      {"v2, in a container", "0::/\n", {{"cpu.max", "150000 100000\n"}}, 1.5},
      {"v2, a group of ours", "0::/pod/app\n", {{"pod/app/cpu.max", "50000 100000\n"}}, 0.5},
      {"v2, the group above is tighter", "0::/pod/app\n",
       {{"pod/app/cpu.max", "400000 100000\n"}, {"pod/cpu.max", "200000 100000\n"}}, 2},
      {"v2, a path the mount does not show", "0::/../other\n", {{"cpu.max", "100000 100000\n"}}, 1},
      {"v2, without files", "0::/pod\n", {}, 0},
      {"v2, not numbers", "0::/\n", {{"cpu.max", "?\n"}}, 0},
      {"v1, no quota", "2:cpu:/\n", {{"cpu/cpu.cfs_quota_us", "-1\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}}, 0},
      {"v1, joined controllers", "4:cpu,cpuacct:/pod\n0::/\n",
       {{"cpu,cpuacct/pod/cpu.cfs_quota_us", "250000\n"}, {"cpu,cpuacct/pod/cpu.cfs_period_us", "100000\n"}}, 2.5},
      {"v1, mounted as cpu", "4:cpuacct,cpu:/pod\n",
       {{"cpu/pod/cpu.cfs_quota_us", "250000\n"}, {"cpu/pod/cpu.cfs_period_us", "100000\n"}}, 2.5},
      {"v1, another controller", "4:cpuset:/pod\n",
       {{"cpuset/pod/cpu.cfs_quota_us", "250000\n"}, {"cpuset/pod/cpu.cfs_period_us", "100000\n"}}, 0},
      {"v1, a period of nothing", "4:cpu:/\n", {{"cpu/cpu.cfs_quota_us", "250000\n"}, {"cpu/cpu.cfs_period_us", "0\n"}}, 0},
      {"lines of another shape", "cpu\n1:cpu\n::\n", {}, 0},
  };
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const TemporaryFolder folder;
    for (const File& file : one.files) folder.write(std::string("mount/") + file.name, file.text);
    const std::string membership = folder.write("membership", one.membership);
    CHECK(quotaCpus(folder.path("mount"), membership) == doctest::Approx(one.cpus));
  }
}

}  // namespace slotway
