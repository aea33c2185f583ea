#include "settings/draft.h"

#include <algorithm>

namespace slotway::settings {

std::string SettingsError::line() const {
  if (origin.line == 0) return origin.name + ": " + text;
  const std::string place = origin.name + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column) + ": ";
  return place + (key.empty() ? "" : key + ": ") + text;
}

void Draft::refuse(const Origin& origin, const std::string& key, const std::string& text) {
  errors.push_back({origin, key, text});
}

bool Draft::refused(const std::string& path) const {
  return std::ranges::any_of(errors, [&path](const SettingsError& error) { return error.key.starts_with(path); });
}

Origin Draft::originOf(std::string path) const {
  while (!path.empty()) {
    const auto found = origins.find(path);
    if (found != origins.end()) return found->second;
    const size_t cut = path.find_last_of(".[");
    path.resize(cut == std::string::npos ? 0 : cut);
  }
  return Origin{"slotway"};
}

}  // namespace slotway::settings
