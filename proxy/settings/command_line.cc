#include "settings/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>

#include "settings/rows.h"
#include "settings/value.h"

namespace slotway {
namespace {

using namespace settings;

constexpr const char* kAbout = "Makes a whole Redis Cluster look like one Redis.";
constexpr const char* kFooter =
    "Flags override variables, variables override the file. Every other setting has a variable too\n"
    "(timeouts.connect: SLOTWAY_TIMEOUTS_CONNECT); config/SETTINGS.md lists them all.\n"
    "Exit codes: 0 stopped as asked, 1 failed while running, 2 refused the command line or the settings;\n"
    "check-config exits 1 if the file has errors.";

bool isRepeatable(const Shortcut& shortcut) {
  return shortcut.path.starts_with("listeners") || shortcut.path.ends_with(".seeds");
}

std::string describe(const Shortcut& shortcut) {
  const std::vector<PlacedRow> rows = allRows();
  const RowFacts& row = std::ranges::find(rows, shortcut.path, &PlacedRow::path)->facts;
  std::string text(row.doc);
  if (row.kind == Kind::Choice) text += " One of " + std::string(row.range.words) + ".";
  if (!shortcut.note.empty()) text += " " + std::string(shortcut.note);
  if (row.preset.presence == Presence::Default) text += " Default " + std::string(row.preset.text) + ".";
  return text + " [" + variableOf(shortcut) + "]";
}

/// Every flag takes one value each time it is given; CLI11 would let a list swallow what follows.
void addFlag(CLI::App& app, const Shortcut& shortcut, std::vector<std::string>& values) {
  CLI::Option* option = app.add_option("--" + std::string(shortcut.name), values, describe(shortcut));
  option->type_name(std::string(shortcut.placeholder))->allow_extra_args(false);
  if (!isRepeatable(shortcut)) option->expected(1);
}

void addFlags(CLI::App& app, CommandLine& line) {
  app.add_option("--config", line.file, "Settings file in YAML. [SLOTWAY_CONFIG]")->type_name("FILE");
  for (const Shortcut& shortcut : shortcuts())
    if (shortcut.reach == Reach::Flag) addFlag(app, shortcut, line.flags[std::string(shortcut.name)]);
}

CommandLine ended(CommandLine::Verb verb, std::string text) {
  CommandLine line;
  line.verb = verb;
  line.text = std::move(text);
  return line;
}

}  // namespace

Slice programVersion() { return SLOTWAY_VERSION; }

CommandLine parseCommandLine(int argc, const char* const* argv) {
  CommandLine line;
  std::string checked;
  CLI::App app{kAbout, "slotway"};
  app.footer(kFooter);
  app.set_version_flag("--version", "slotway " + std::string(programVersion()), "Print the version and exit.");
  app.set_help_flag("-h,--help", "Print this and exit.");
  app.require_subcommand(0, 1);
  addFlags(app, line);
  app.add_subcommand("run", "Serve clients; what happens without a verb too.")->fallthrough();
  CLI::App* check = app.add_subcommand("check-config", "Print every error of a settings file; serve nobody.");
  check->add_option("FILE", checked, "Settings file in YAML.")->required()->type_name("");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    return ended(CommandLine::Verb::Print, std::string(version.what()) + "\n");
  } catch (const CLI::CallForHelp&) {
    app.clear();  // behind a verb help() would show that verb's flags alone
    return ended(CommandLine::Verb::Print, app.help());
  } catch (const CLI::ParseError& error) {
    return ended(CommandLine::Verb::Misuse, std::string("slotway: ") + error.what() + "\nTry 'slotway --help'.\n");
  }

  std::erase_if(line.flags, [](const auto& flag) { return flag.second.empty(); });
  if (!check->parsed()) return line;
  if (!line.flags.empty() || !line.file.empty())
    return ended(CommandLine::Verb::Misuse, "slotway: check-config takes a file and no flags\n");
  line.verb = CommandLine::Verb::CheckConfig;
  line.file = checked;
  return line;
}

}  // namespace slotway
