// The pages in config/ are what the rows say. SLOTWAY_REGENERATE=1 writes them anew.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "settings/load.h"
#include "settings/sample.h"

namespace slotway {
namespace {

void checkPage(const std::string& name, const std::string& wanted) {
  const std::string path = std::string(SLOTWAY_SOURCE_DIR) + "/config/" + name;
  if (std::getenv("SLOTWAY_REGENERATE") != nullptr) std::ofstream(path, std::ios::binary) << wanted;
  std::ifstream file(path, std::ios::binary);
  const std::string found{std::istreambuf_iterator<char>(file), {}};
  CHECK_MESSAGE(found == wanted, path,
                " is not what the rows say; write it anew: "
                "SLOTWAY_REGENERATE=1 build/debug/slotway_unit -tc='settings pages*'");
}

/// The sample with every optional line taken from behind its `#`.
std::string uncommented(const std::string& sample) {
  std::string text;
  for (size_t begin = 0; begin < sample.size();) {
    const size_t end = sample.find('\n', begin);
    std::string line = sample.substr(begin, end - begin);
    const size_t mark = line.find("# ");
    const size_t colon = line.find(": ");
    const bool setting = mark != std::string::npos && colon != std::string::npos && line.find(' ', mark + 2) == colon + 1 &&
                         line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", mark + 2) == colon;
    if (setting || line.ends_with("# auth:") || line.ends_with("# keyspace:")) line.erase(mark, 2);
    text += line + "\n";
    begin = end + 1;
  }
  return text;
}

}  // namespace

TEST_CASE("settings pages: the files in config/ are up to date") {
  checkPage("slotway.yaml", sampleConfig());
  checkPage("SETTINGS.md", settingsPage());
}

TEST_CASE("settings pages: the sample loads and is the defaults") {
  const Loaded loaded = loadText(sampleConfig(), "slotway.yaml");
  for (const std::string& error : loaded.errors) FAIL_CHECK(error);
  REQUIRE(loaded.settings != nullptr);
  Settings wanted;
  wanted.listeners = {{"127.0.0.1:6390", "main"}};
  wanted.upstreams = {{"main", UpstreamKind::Cluster, {"redis-0:6379", "redis-1:6379"}, "", "", {}}};
  CHECK(*loaded.settings == wanted);
}

TEST_CASE("settings pages: what stands behind # in the sample is in its right place") {
  const Loaded loaded = loadText(uncommented(sampleConfig()), "slotway.yaml");
  // Passwords are there twice, as text and as file, and the files do not exist: two errors for each of the two.
  CHECK(loaded.errors.size() == 4);
  for (const std::string& error : loaded.errors) CHECK_MESSAGE(error.find("password_file: ") != std::string::npos, error);
}

}  // namespace slotway
