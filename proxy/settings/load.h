// Every source -> checked settings, or every error at once. Defaults, then the file, then variables, then flags.
// Owner: main. Thread: main; blocks on the disk (the file, password files).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "settings/outside.h"
#include "settings/settings.h"

namespace slotway {

struct Loaded {
  std::shared_ptr<const Settings> settings;  ///< null if there is any error
  std::vector<std::string> errors;           ///< one line each, those of the file first and in its order
};

/// `line.verb` is not looked at.
Loaded loadSettings(const CommandLine& line, const Environment& environment);
/// The file alone, as check-config sees it.
Loaded loadFile(const std::string& file);
/// The same from text; `file` is the name that errors show.
Loaded loadText(Slice text, const std::string& file);

/// "1 listener, 1 upstream (main: 2 seeds), workers auto"
std::string summary(const Settings& settings);

}  // namespace slotway
