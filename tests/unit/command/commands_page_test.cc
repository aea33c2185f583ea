#include "command/commands_page.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace slotway;

TEST_CASE("commands page: COMMANDS.md is what the table says") {
  const std::string path = SLOTWAY_SOURCE_DIR "/proxy/COMMANDS.md";
  const std::string page = commandsPage(*CommandTable::builtin());
  if (std::getenv("SLOTWAY_REGENERATE") != nullptr) std::ofstream(path) << page;
  std::ostringstream written;
  written << std::ifstream(path).rdbuf();
  INFO("to write it anew: SLOTWAY_REGENERATE=1 build/debug/slotway_unit -tc='commands page*'");
  CHECK((written.str() == page));
}
