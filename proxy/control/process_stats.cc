#include "control/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace slotway {
namespace {

/// The fields of /proc/self/stat behind the program's name, which may itself hold spaces; the first is field 3.
std::vector<std::string> statFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const size_t nameEnd = line.rfind(')');
  if (nameEnd == std::string::npos) return {};
  std::istringstream rest(line.substr(nameEnd + 1));
  std::vector<std::string> fields;
  for (std::string field; rest >> field;) fields.push_back(field);
  return fields;
}

double bootTimeSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

void readStat(ScrapedValues& values) {
  constexpr size_t kFirst = 3, kUserTicks = 14, kSystemTicks = 15, kStartTicks = 22, kResidentPages = 24;
  const std::vector<std::string> fields = statFields();
  if (fields.size() <= kResidentPages - kFirst) return;
  const auto number = [&](size_t field) { return std::stod(fields[field - kFirst]); };
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  values.set(Scraped::Cpu, (number(kUserTicks) + number(kSystemTicks)) / ticks);
  values.set(Scraped::ResidentMemory, number(kResidentPages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  if (const double boot = bootTimeSeconds(); boot > 0) {
    values.set(Scraped::StartTime, boot + number(kStartTicks) / ticks);
  }
}

void readFds(ScrapedValues& values) {
  std::error_code error;
  const std::filesystem::directory_iterator fds("/proc/self/fd", error);
  if (error) return;
  // One of them is the directory that is being listed.
  values.set(Scraped::OpenFds, static_cast<double>(std::distance(begin(fds), end(fds)) - 1));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) values.set(Scraped::MaxFds, static_cast<double>(limit.rlim_cur));
}

}  // namespace

void readProcess(ScrapedValues& values) {
  readStat(values);
  readFds(values);
}

}  // namespace slotway
