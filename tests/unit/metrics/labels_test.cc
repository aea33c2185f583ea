#include "metrics/labels.h"

#include <doctest/doctest.h>

#include <set>

#include "cluster/redirect.h"
#include "metrics/cells.h"
#include "metrics/error_class.h"

namespace slotway {

TEST_CASE("labels: one entry per value of the enum that counts, each with every label") {
  struct Row {
    LabelSet set;
    size_t names;
    size_t values;
  };
  const Row rows[] = {
      {LabelSet::None, 0, 1},
      {LabelSet::Worker, 1, 0},
      {LabelSet::Command, 1, 0},
      {LabelSet::Version, 1, 0},
      {LabelSet::Direction, 1, static_cast<size_t>(Direction::UpstreamOut) + 1},
      {LabelSet::RedirectKind, 2, kRedirectKinds},
      {LabelSet::PauseReason, 1, static_cast<size_t>(PauseReason::Memory) + 1},
      {LabelSet::RetryReason, 1, static_cast<size_t>(RetryReason::NoScript) + 1},
      {LabelSet::RefreshCause, 1, static_cast<size_t>(RefreshCause::Unconfirmed) + 1},
      {LabelSet::Failure, 3, kFailures},
      {LabelSet::ErrorClass, 1, kErrorClasses},
  };
  CHECK(std::size(rows) == kLabelSets);
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.set));
    const Labels& labels = labelsOf(row.set);
    CHECK(labels.names.size() == row.names);
    CHECK(labels.values.size() == row.values);
    std::set<std::vector<Slice>> distinct;
    for (const auto& values : labels.values) {
      CHECK(values.size() == row.names);
      CHECK(distinct.insert(values).second);
    }
  }
}

TEST_CASE("labels: redirects are those of the room cluster, in its order, and the first retry reasons too") {
  for (size_t i = 0; i < kRedirectKinds; ++i) {
    const Slice name = nameOf(static_cast<RedirectKind>(i));
    CHECK(labelsOf(LabelSet::RedirectKind).values[i][0] == name);
    CHECK(labelsOf(LabelSet::RetryReason).values[i][0] == name);
  }
}

TEST_CASE("labels: the codes stand where operators look for them") {
  const auto& redirects = labelsOf(LabelSet::RedirectKind).values;
  const auto codeOfRedirect = [&](RedirectKind kind) { return redirects[static_cast<size_t>(kind)][1]; };
  CHECK(codeOfRedirect(RedirectKind::ClusterDown) == "C001");
  CHECK(codeOfRedirect(RedirectKind::Moved) == "C002");
  CHECK(codeOfRedirect(RedirectKind::Ask) == "C003");
  CHECK(codeOfRedirect(RedirectKind::TryAgain) == "C005");
  CHECK(codeOfRedirect(RedirectKind::Loading) == "");

  const auto& failures = labelsOf(LabelSet::Failure).values;
  using Row = std::vector<Slice>;
  CHECK(failures[static_cast<size_t>(Failure::CrossSlot)] == Row{"crossslot", "client", "C004"});
  CHECK(failures[static_cast<size_t>(Failure::SlotUncovered)] == Row{"slot_uncovered", "upstream", "C001"});
  CHECK(failures[static_cast<size_t>(Failure::LinkLost)] == Row{"link_lost", "upstream", ""});
}

TEST_CASE("labels: words of the retry reasons and causes that are not redirects") {
  const auto reason = [](RetryReason which) { return labelsOf(LabelSet::RetryReason).values[static_cast<size_t>(which)][0]; };
  const auto cause = [](RefreshCause which) { return labelsOf(LabelSet::RefreshCause).values[static_cast<size_t>(which)][0]; };
  CHECK(reason(RetryReason::LinkLost) == "link_lost");
  CHECK(reason(RetryReason::Rerouted) == "rerouted");
  CHECK(reason(RetryReason::NoScript) == "noscript");
  CHECK(cause(RefreshCause::Start) == "start");
  CHECK(cause(RefreshCause::LinkFailure) == "link_failure");
  CHECK(cause(RefreshCause::Unconfirmed) == "unconfirmed");
}

}  // namespace slotway
