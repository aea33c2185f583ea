// Any text as a settings file: it loads, or every error stands at a line and column of the file.
#include "base/check.h"
#include "fuzz_target.h"
#include "settings/load.h"

namespace slotway {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// "f.yaml:LINE:COLUMN: ", neither of them 0.
bool hasPlace(Slice error) {
  if (!error.starts_with("f.yaml:")) return false;
  error.remove_prefix(Slice("f.yaml:").size());
  for (int i = 0; i < 2; ++i) {
    if (error.empty() || !isDigit(error.front()) || error.front() == '0') return false;
    while (!error.empty() && isDigit(error.front())) error.remove_prefix(1);
    if (error.empty() || error.front() != ':') return false;
    error.remove_prefix(1);
  }
  return true;
}

}  // namespace

FUZZ_TARGET(settings) {
  const Loaded loaded = loadText(input, "f.yaml");
  CHECK_THAT((loaded.settings == nullptr) == !loaded.errors.empty());
  for (const std::string& error : loaded.errors) CHECK_THAT(hasPlace(error));
}

}  // namespace slotway
