#include "settings/rows.h"

#include <algorithm>

namespace slotway::settings {
namespace {

void assign(uint64_t& member, Value&& value) { member = value.number; }
void assign(unsigned& member, Value&& value) { member = static_cast<unsigned>(value.number); }
void assign(std::string& member, Value&& value) { member = std::move(value.text); }
void assign(std::vector<std::string>& member, Value&& value) { member = std::move(value.list); }
void assign(std::vector<std::pair<std::string, std::string>>& member, Value&& value) { member = std::move(value.map); }
template <class Enum>
  requires std::is_enum_v<Enum>
void assign(Enum& member, Value&& value) {
  member = static_cast<Enum>(value.number);
}

#define SLOTWAY_ROW(path, member, kind, preset, range, change, doc) \
  {{path, Kind::kind, preset, range, Change::change, doc},          \
   [](auto& owner, Value&& value) { assign(owner.member, std::move(value)); }},
const Row<Settings> kSettingRows[] = {SLOTWAY_SETTINGS(SLOTWAY_ROW)};
const Row<ListenerSettings> kListenerRows[] = {SLOTWAY_LISTENER_SETTINGS(SLOTWAY_ROW)};
const Row<UpstreamSettings> kUpstreamRows[] = {SLOTWAY_UPSTREAM_SETTINGS(SLOTWAY_ROW)};
#undef SLOTWAY_ROW

#define SLOTWAY_SHORTCUT(name, path, placeholder, reach, note) {name, path, placeholder, Reach::reach, note},
const Shortcut kShortcuts[] = {SLOTWAY_SHORTCUTS(SLOTWAY_SHORTCUT)};
#undef SLOTWAY_SHORTCUT

std::string variable(Slice name) {
  std::string text = "SLOTWAY_";
  for (char c : name) text += (c == '.' || c == '-') ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

std::span<const Row<Settings>> settingRows() { return kSettingRows; }
std::span<const Row<ListenerSettings>> listenerRows() { return kListenerRows; }
std::span<const Row<UpstreamSettings>> upstreamRows() { return kUpstreamRows; }
std::span<const Shortcut> shortcuts() { return kShortcuts; }

std::vector<PlacedRow> allRows() {
  std::vector<PlacedRow> rows;
  const auto take = [&rows](const RowFacts& facts, Slice prefix) {
    rows.push_back({std::string(prefix) + std::string(facts.path), facts});
  };
  const auto firstGroup = std::ranges::find_if(
      kSettingRows, [](const RowFacts& row) { return row.path.find('.') != Slice::npos; });
  for (auto row = std::begin(kSettingRows); row != firstGroup; ++row) take(*row, "");
  for (const auto& row : kListenerRows) take(row, "listeners[].");
  for (const auto& row : kUpstreamRows) take(row, "upstreams.<name>.");
  for (auto row = firstGroup; row != std::end(kSettingRows); ++row) take(*row, "");
  return rows;
}

std::string variableOf(const Shortcut& shortcut) { return variable(shortcut.name); }

std::string variableOf(Slice path) {
  const auto shortcut = std::ranges::find(kShortcuts, path, &Shortcut::path);
  if (shortcut != std::end(kShortcuts)) return variableOf(*shortcut);
  return path.find_first_of("[<") == Slice::npos ? variable(path) : std::string();
}

}  // namespace slotway::settings
