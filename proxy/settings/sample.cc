#include "settings/sample.h"

#include <algorithm>
#include <span>

#include "settings/rows.h"
#include "settings/value.h"

namespace slotway {
namespace {

using namespace settings;

/// What is said of a group as a whole; groups come in the order of their rows.
struct Group {
  Slice name;
  Slice doc;
};
constexpr Group kGroups[] = {
    {"listeners", "Where clients connect. Left out, there is one listener, at 127.0.0.1:6390."},
    {"upstreams", "The clusters, by names of your own."},
    {"auth", "What clients must present."},
    {"timeouts", "Durations in ms, s, m or h."},
    {"limits", "Sizes in b, kb, mb or gb; 1kb is 1024 bytes."},
    {"slow_log", "Requests that took long, for SLOWLOG and LATENCY."},
    {"admin", "The HTTP side, for Prometheus, probes and people."},
    {"log", "One line per event, on stderr."},
};

constexpr Slice kSampleUpstream = "main";
constexpr size_t kWidth = 120;

std::string groupOf(const PlacedRow& row) { return row.path.substr(0, row.path.find_first_of(".[")); }

std::string keyOf(const PlacedRow& row) { return row.path.substr(row.path.rfind('.') + 1); }

/// "transactions" of "listeners[].transactions.cross_slot"; empty where a key stands directly in its listener or upstream.
std::string innerGroupOf(const PlacedRow& row) {
  const size_t bar = row.path.find_first_of("]>");
  if (bar == std::string::npos) return "";
  const size_t begin = bar + 2;
  const size_t end = row.path.find('.', begin);
  return end == std::string::npos ? "" : row.path.substr(begin, end - begin);
}

Slice docOf(const std::string& group) {
  const auto found = std::ranges::find(kGroups, Slice(group), &Group::name);
  return found == std::end(kGroups) ? Slice() : found->doc;
}

/// "Required: a list of host:port." or "Default 1s; a duration from 1ms to 1h."
std::string rule(const RowFacts& row) {
  const bool isDefault = row.preset.presence == Presence::Default;
  const std::string word = row.preset.presence == Presence::Required ? "Required: " : "Optional: ";
  return (isDefault ? "Default " + std::string(row.preset.text) + "; " : word) + accepted(row) + ".";
}

std::string comment(const std::string& indent, const std::string& text) {
  std::string result;
  std::string line = indent + "#";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + 1 + end - begin > kWidth) {
      result += line + "\n";
      line = indent + "#";
    }
    line += " " + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return result + line + "\n";
}

std::string sampleRow(const PlacedRow& row, const std::string& indent, const std::string& mark) {
  const bool shown = row.facts.preset.presence != Presence::Optional;
  return comment(indent, std::string(row.facts.doc) + " " + rule(row.facts)) +
         (mark.empty() ? indent : mark) + (shown ? "" : "# ") + keyOf(row) + ": " + std::string(row.facts.preset.text) +
         "\n";
}

/// Above the first row of a group inside a listener or an upstream: its name, also where all its rows stand behind `#`.
std::string innerHead(const PlacedRow& head, const std::string& indent, std::span<const PlacedRow> rows) {
  const bool bare = std::ranges::all_of(rows, [&](const PlacedRow& row) {
    return groupOf(row) != groupOf(head) || innerGroupOf(row) != innerGroupOf(head) ||
           row.facts.preset.presence == Presence::Optional;
  });
  return indent + (bare ? "# " : "") + innerGroupOf(head) + ":\n";
}

/// Above the first row of a group: its doc and its name. A group whose rows are all optional stands behind `#` itself,
/// since a key with nothing under it is an error.
std::string sampleHead(const std::string& group, std::span<const PlacedRow> rows) {
  const bool bare = std::ranges::all_of(rows, [&](const PlacedRow& row) {
    return groupOf(row) != group || row.facts.preset.presence == Presence::Optional;
  });
  std::string text = "\n" + comment("", std::string(docOf(group))) + (bare ? "# " : "") + group + ":\n";
  if (group == "upstreams") text += "  " + std::string(kSampleUpstream) + ":\n";
  return text;
}

std::string tableRow(const PlacedRow& row) {
  const bool isDefault = row.facts.preset.presence == Presence::Default;
  const std::string variable = variableOf(row.path);
  return "| `" + row.path + "` | " + (isDefault ? "`" + std::string(row.facts.preset.text) + "`" : "–") + " | " +
         (row.facts.preset.presence == Presence::Required ? "required: " : "") + accepted(row.facts) + " | " +
         (variable.empty() ? "–" : "`" + variable + "`") + " | " +
         (row.facts.change == Change::Live ? "live" : "restart") + " | " + std::string(row.facts.doc) + " |\n";
}

constexpr const char* kPageHead =
    "# Settings\n\n"
    "Generated from `proxy/settings/rows.h`; `config/slotway.yaml` is the same as a file to start from.\n"
    "`slotway check-config FILE` prints every error of a file with line, column and what was expected.\n\n"
    "Defaults are overridden by the file (`--config FILE`, `SLOTWAY_CONFIG`), the file by environment variables, those\n"
    "by flags. An empty variable counts as not set. Every setting is read at start. The column *change* says what a\n"
    "setting is made for: *live* ones bear a change while running, *restart* ones shape what is built at start.\n\n";

std::string shortcutTable() {
  std::string text = "## Flags\n\n| flag | variable | setting | |\n|---|---|---|---|\n";
  for (const Shortcut& shortcut : shortcuts()) {
    const std::string flag = "`--" + std::string(shortcut.name) + " " + std::string(shortcut.placeholder) + "`";
    text += "| " + (shortcut.reach == Reach::Flag ? flag : "–") + " | `" + variableOf(shortcut) + "` | `" +
            std::string(shortcut.path) + "` | " + std::string(shortcut.note) + " |\n";
  }
  return text +
         "\nIn a variable, several listeners or seeds are separated by commas. Passwords have no flag, since every user of\n"
         "a machine can read a command line. Flags and variables for an upstream go to the only one there is.\n";
}

}  // namespace

std::string sampleConfig() {
  std::string text =
      "# Every setting of Slotway with its default, generated from proxy/settings/rows.h.\n"
      "# Only `upstreams` must be given. `slotway check-config FILE` shows the errors of a file.\n\n";
  const std::vector<PlacedRow> rows = allRows();
  std::string group;
  std::string innerGroup;
  for (const PlacedRow& row : rows) {
    const bool grouped = groupOf(row) != row.path;
    const bool opens = grouped && groupOf(row) != group;
    group = groupOf(row);
    if (opens) text += sampleHead(group, rows);
    std::string indent = !grouped ? "" : group == "upstreams" || group == "listeners" ? "    " : "  ";
    const std::string inner = innerGroupOf(row);
    if (!inner.empty() && inner != innerGroup) text += innerHead(row, indent, rows);
    innerGroup = inner;
    if (!inner.empty()) indent += "  ";
    text += sampleRow(row, indent, opens && group == "listeners" ? "  - " : "");
  }
  return text;
}

std::string settingsPage() {
  std::string text = kPageHead;
  std::string section = "none";
  for (const PlacedRow& row : allRows()) {
    const std::string group = groupOf(row) == row.path ? "" : groupOf(row);
    if (group != section) {
      text += section == "none" ? "" : "\n";
      if (!group.empty()) text += "## " + group + "\n\n" + std::string(docOf(group)) + "\n\n";
      text += "| setting | default | accepted | variable | change | meaning |\n|---|---|---|---|---|---|\n";
    }
    section = group;
    text += tableRow(row);
  }
  return text + "\n" + shortcutTable();
}

}  // namespace slotway
