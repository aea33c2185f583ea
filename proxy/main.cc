// argv -> settings -> control. Exit codes: 0 stopped as asked, 1 failed while running (or check-config found errors),
// 2 refused the command line or the settings.
#include <malloc.h>

#include <cstdio>
#include <cstdlib>

#include "control/control.h"
#include "settings/command_line.h"
#include "settings/load.h"

namespace {

using namespace slotway;

constexpr int kRefused = 2;

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void print(FILE* stream, const std::string& text) { std::fputs(text.c_str(), stream); }

void printErrors(const Loaded& loaded) {
  for (const std::string& error : loaded.errors) print(stderr, error + "\n");
}

int checkConfig(const std::string& file) {
  const Loaded loaded = loadFile(file);
  printErrors(loaded);
  if (!loaded.settings) return 1;
  print(stdout, file + " is fine: " + summary(*loaded.settings) + "\n");
  return 0;
}

// Large blocks come from the system and go back to it when freed. Left to itself glibc takes ever larger ones from its
// heap once such have been freed, copies them as they grow, leaves holes between them, and keeps what a burst took.
void fixAllocator() {
  constexpr int kLargeBytes = 128 * 1024;
  constexpr int kIdleBytes = 1024 * 1024;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_TRIM_THRESHOLD, kIdleBytes);
}

int run(const CommandLine& line) {
  fixAllocator();
  const Loaded loaded = loadSettings(line, environment);
  printErrors(loaded);
  return loaded.settings ? runControl(loaded.settings) : kRefused;
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine line = parseCommandLine(argc, argv);
  switch (line.verb) {
    case CommandLine::Verb::Run: return run(line);
    case CommandLine::Verb::CheckConfig: return checkConfig(line.file);
    case CommandLine::Verb::Print: print(stdout, line.text); return 0;
    case CommandLine::Verb::Misuse: print(stderr, line.text); return kRefused;
  }
  return kRefused;
}
