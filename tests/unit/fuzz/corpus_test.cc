// Every input that fuzzing kept goes through its property again, in every build.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz_target.h"

namespace slotway {
namespace {

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

size_t replay(const FuzzTarget& target) {
  size_t inputs = 0;
  const auto folder = std::filesystem::path(SLOTWAY_SOURCE_DIR) / "tests/fuzz/corpus" / target.name;
  REQUIRE(std::filesystem::is_directory(folder));
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CAPTURE(entry.path().string());
    target.run(contentOf(entry.path()));
    ++inputs;
  }
  return inputs;
}

}  // namespace

TEST_CASE("fuzz: the corpus of every target still holds") {
  REQUIRE(FuzzTarget::first != nullptr);
  for (const FuzzTarget* target = FuzzTarget::first; target != nullptr; target = target->next) {
    CAPTURE(target->name);
    CHECK(replay(*target) > 0);
  }
}

}  // namespace slotway
