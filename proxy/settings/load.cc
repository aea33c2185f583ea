#include "settings/load.h"

#include <algorithm>

#include "settings/checks.h"
#include "settings/reader.h"
#include "settings/rows.h"
#include "settings/text_file.h"
#include "settings/value.h"

namespace slotway {
namespace {

using namespace settings;

constexpr size_t kLargestFile = 1024 * 1024;

Draft defaults() {
  Draft draft;
  storeDefaults(settingRows(), draft.settings);
  return draft;
}

void readFile(const std::string& file, Draft& draft) {
  const Result<std::string> text = readTextFile(file, kLargestFile);
  if (text.ok()) readYaml(text.value(), file, draft);
  else draft.refuse({file}, "", text.error());
}

/// Errors of the file come first and in its order; those from flags and variables keep theirs.
bool standsBefore(const SettingsError& a, const SettingsError& b) {
  if ((a.origin.line == 0) != (b.origin.line == 0)) return a.origin.line != 0;
  return std::pair(a.origin.line, a.origin.column) < std::pair(b.origin.line, b.origin.column);
}

Loaded finish(Draft draft, const std::string& file) {
  completeAndCheck(draft, file);
  std::ranges::stable_sort(draft.errors, standsBefore);
  Loaded loaded;
  for (const SettingsError& error : draft.errors) loaded.errors.push_back(error.line());
  if (loaded.errors.empty()) loaded.settings = std::make_shared<const Settings>(std::move(draft.settings));
  return loaded;
}

std::string counted(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

Loaded loadSettings(const CommandLine& line, const Environment& environment) {
  Draft draft = defaults();
  const std::string file = line.file.empty() ? environment("SLOTWAY_CONFIG").value_or("") : line.file;
  if (!file.empty()) readFile(file, draft);
  applyOutside(line, environment, draft);
  return finish(std::move(draft), file);
}

Loaded loadFile(const std::string& file) {
  Draft draft = defaults();
  readFile(file, draft);
  return finish(std::move(draft), file);
}

Loaded loadText(Slice text, const std::string& file) {
  Draft draft = defaults();
  readYaml(text, file, draft);
  return finish(std::move(draft), file);
}

std::string summary(const Settings& settings) {
  std::string text = counted(settings.listeners.size(), "listener") + ", " + counted(settings.upstreams.size(), "upstream");
  for (const UpstreamSettings& upstream : settings.upstreams)
    text += (&upstream == settings.upstreams.data() ? " (" : ", ") + upstream.name + ": " +
            counted(upstream.seeds.size(), "seed");
  return text + "), workers " + (settings.workers == 0 ? "auto" : std::to_string(settings.workers));
}

}  // namespace slotway
