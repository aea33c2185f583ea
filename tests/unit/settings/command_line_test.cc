#include "settings/command_line.h"

#include <doctest/doctest.h>

#include "settings/rows.h"

namespace slotway {
namespace {

using namespace settings;

CommandLine parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "slotway");
  return parseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

using Verb = CommandLine::Verb;

}  // namespace

TEST_CASE("settings command line: what is asked for") {
  struct Case {
    std::vector<const char*> arguments;
    Verb verb;
    const char* file;
  };
  const Case cases[] = {
      {{}, Verb::Run, ""},
      {{"run"}, Verb::Run, ""},
      {{"--config", "f"}, Verb::Run, "f"},
      {{"run", "--config", "f"}, Verb::Run, "f"},
      {{"--config", "f", "run"}, Verb::Run, "f"},
      {{"check-config", "f"}, Verb::CheckConfig, "f"},
      {{"--version"}, Verb::Print, ""},
      {{"--help"}, Verb::Print, ""},
      {{"-h"}, Verb::Print, ""},
      {{"run", "--help"}, Verb::Print, ""},
      {{"check-config", "--help"}, Verb::Print, ""},
      {{"check-config"}, Verb::Misuse, ""},
      {{"check-config", "f", "g"}, Verb::Misuse, ""},
      {{"--workers", "1", "check-config", "f"}, Verb::Misuse, ""},
      {{"--config", "f", "check-config", "f"}, Verb::Misuse, ""},
      {{"run", "check-config", "f"}, Verb::Misuse, ""},
      {{"serve"}, Verb::Misuse, ""},
      {{"--nonsense"}, Verb::Misuse, ""},
      {{"--password", "secret"}, Verb::Misuse, ""},
      {{"--workers"}, Verb::Misuse, ""},
      {{"--workers", "1", "--workers", "2"}, Verb::Misuse, ""},
      {{"--upstream", "a:1", "b:1"}, Verb::Misuse, ""},
  };
  for (const Case& one : cases) {
    std::string shown;
    for (const char* argument : one.arguments) shown += std::string(argument) + " ";
    CAPTURE(shown);
    const CommandLine line = parse(one.arguments);
    CAPTURE(line.text);
    CHECK(line.verb == one.verb);
    CHECK(line.file == one.file);
    CHECK(line.text.empty() == (one.verb == Verb::Run || one.verb == Verb::CheckConfig));
  }
}

TEST_CASE("settings command line: flags come back by name, those not given not at all") {
  const CommandLine line = parse({"--upstream", "a:1", "run", "--upstream", "b:2", "--workers=3"});
  CHECK(line.flags == std::map<std::string, std::vector<std::string>>{{"upstream", {"a:1", "b:2"}}, {"workers", {"3"}}});
}

TEST_CASE("settings command line: version and help") {
  CHECK(parse({"--version"}).text == "slotway " + std::string(programVersion()) + "\n");
  const std::string help = parse({"--help"}).text;
  CHECK(parse({"run", "--help"}).text == help);
  for (const Shortcut& shortcut : shortcuts()) {
    CAPTURE(std::string(shortcut.name));
    const bool listed = help.find("--" + std::string(shortcut.name) + " ") != std::string::npos;
    CHECK(listed == (shortcut.reach == Reach::Flag));
  }
  CHECK(help.find("check-config") != std::string::npos);
}

}  // namespace slotway
