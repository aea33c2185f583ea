#include "settings/near.h"

#include <algorithm>
#include <numeric>

namespace slotway::settings {
namespace {

constexpr size_t kLongestName = 64;

/// Levenshtein's distance, one row of the table at a time.
size_t distance(Slice a, Slice b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(Slice name, const std::vector<std::string>& known) {
  if (name.size() > kLongestName) return {};
  std::string best;
  size_t bestDistance = 3;
  for (const std::string& candidate : known) {
    const size_t far = distance(name, candidate);
    if (far >= bestDistance || far * 2 >= candidate.size()) continue;
    best = candidate;
    bestDistance = far;
  }
  return best;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace slotway::settings
