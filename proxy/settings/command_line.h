// argv -> what is asked for. Pure: nothing is printed, read or looked up; main.cc does that.
// Owner: main. Thread: main.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/slice.h"

namespace slotway {

struct CommandLine {
  enum class Verb : uint8_t {
    Run,
    CheckConfig,
    Print,   ///< --help or --version: `text` to stdout, exit 0
    Misuse,  ///< `text` to stderr, exit 2
  };
  Verb verb = Verb::Run;
  std::string file;  ///< --config, or check-config's FILE; empty if none
  std::map<std::string, std::vector<std::string>> flags;  ///< by a shortcut's name; only those that were given
  std::string text;
};

CommandLine parseCommandLine(int argc, const char* const* argv);

/// "0.1.0"
Slice programVersion();

}  // namespace slotway
