// Settings in the making: what has been read so far, where each setting came from, and every error found on the way.
// Owner: loadSettings. Thread: the caller's.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "settings/settings.h"

namespace slotway::settings {

/// Where a setting stands: a place in a file, or a flag or variable (line 0).
struct Origin {
  std::string name;
  int line = 0;
  int column = 0;
};

struct SettingsError {
  Origin origin;
  std::string key;   ///< full path, "timeouts.connect"; empty when it is about the whole file
  std::string text;  ///< what was found and what was expected

  /// "slotway.yaml:7:12: timeouts.connect: ..." or "--workers: ..."
  std::string line() const;
};

struct Draft {
  Settings settings;
  /// By full path ("listeners[0].bind"): every setting that was given, also with a bad value. The last source wins.
  std::map<std::string, Origin> origins;
  std::vector<SettingsError> errors;

  void refuse(const Origin& origin, const std::string& key, const std::string& text);
  bool given(const std::string& path) const { return origins.contains(path); }
  /// Was `path`, or anything inside it, refused?
  bool refused(const std::string& path) const;
  /// Where `path` was given, else where any of what holds it was.
  Origin originOf(std::string path) const;
};

}  // namespace slotway::settings
