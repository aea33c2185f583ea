#include "control/process_stats.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <ctime>

namespace slotway {
namespace {

double read(Scraped which) {
  ScrapedValues values;
  readProcess(values);
  REQUIRE(values.get(which).has_value());
  return *values.get(which);
}

}  // namespace

TEST_CASE("process stats: what a process knows of itself") {
  CHECK(read(Scraped::ResidentMemory) > 1e6);
  CHECK(read(Scraped::ResidentMemory) < 1e12);
  CHECK(read(Scraped::MaxFds) >= read(Scraped::OpenFds));
  const double now = static_cast<double>(std::time(nullptr));
  CHECK(read(Scraped::StartTime) > 1.6e9);
  CHECK(read(Scraped::StartTime) < now + 2);
}

TEST_CASE("process stats: a descriptor more is one more") {
  const double before = read(Scraped::OpenFds);
  const int fd = ::open("/dev/null", O_RDONLY);
  CHECK(read(Scraped::OpenFds) == before + 1);
  ::close(fd);
  CHECK(read(Scraped::OpenFds) == before);
}

TEST_CASE("process stats: work costs CPU time") {
  const double before = read(Scraped::Cpu);
  CHECK(before >= 0);
  while (read(Scraped::Cpu) == before) {  // reading is work, and the clock ticks a hundred times a second
  }
  CHECK(read(Scraped::Cpu) > before);
}

}  // namespace slotway
