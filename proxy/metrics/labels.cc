#include "metrics/labels.h"

#include <array>

#include "base/check.h"
#include "metrics/cells.h"
#include "metrics/error_class.h"

namespace slotway {
namespace {

using Values = std::vector<std::vector<Slice>>;

const Values kDirections = {{"client_in"}, {"client_out"}, {"upstream_in"}, {"upstream_out"}};
const Values kPauses = {{"requests"}, {"bytes"}, {"output"}, {"memory"}};
const Values kRedirects = {{"moved", "C002"},   {"ask", "C003"},     {"tryagain", "C005"}, {"clusterdown", "C001"},
                           {"loading", ""},     {"masterdown", ""},  {"readonly", ""},     {"unblocked", ""}};
const Values kCauses = {{"start"}, {"periodic"}, {"moved"}, {"link_failure"}, {"clusterdown"}, {"unconfirmed"}};

Values retryReasons() {
  Values values;
  for (const auto& redirect : kRedirects) values.push_back({redirect[0]});
  values.push_back({"link_lost"});
  values.push_back({"rerouted"});
  values.push_back({"noscript"});
  return values;
}

Values failures() {
  Values values;
  for (size_t i = 0; i < kFailures; ++i) {
    const auto failure = static_cast<Failure>(i);
    values.push_back({labelOf(failure), sideOf(failure), codeOf(failure)});
  }
  return values;
}

Values errorClasses() {
  Values values;
  for (size_t i = 0; i < kErrorClasses; ++i) values.push_back({labelOf(static_cast<ErrorClass>(i))});
  return values;
}

Labels build(LabelSet set) {
  switch (set) {
    case LabelSet::None: return {{}, {{}}};
    case LabelSet::Worker: return {{"worker"}, {}};
    case LabelSet::Command: return {{"command"}, {}};
    case LabelSet::Version: return {{"version"}, {}};
    case LabelSet::Direction: return {{"direction"}, kDirections};
    case LabelSet::RedirectKind: return {{"kind", "code"}, kRedirects};
    case LabelSet::PauseReason: return {{"reason"}, kPauses};
    case LabelSet::RetryReason: return {{"reason"}, retryReasons()};
    case LabelSet::RefreshCause: return {{"cause"}, kCauses};
    case LabelSet::Failure: return {{"class", "side", "code"}, failures()};
    case LabelSet::ErrorClass: return {{"class"}, errorClasses()};
  }
  return {};
}

std::array<Labels, kLabelSets> buildAll() {
  std::array<Labels, kLabelSets> all;
  for (size_t i = 0; i < kLabelSets; ++i) {
    all[i] = build(static_cast<LabelSet>(i));
    CHECK_THAT(all[i].values.size() <= Cells::kLabels);
  }
  return all;
}

}  // namespace

const Labels& labelsOf(LabelSet set) {
  static const std::array<Labels, kLabelSets> all = buildAll();
  return all[static_cast<size_t>(set)];
}

}  // namespace slotway
