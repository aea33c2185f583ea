#include "worker/trouble_log.h"

#include "base/log.h"
#include "metrics/catalog.h"
#include "metrics/labels.h"

namespace slotway {
namespace {

constexpr uint64_t kPeriodMs = 1000;

Slice valueOf(const Labels& labels, size_t cell, Slice name) {
  for (size_t i = 0; i < labels.names.size(); ++i) {
    if (labels.names[i] == name) return labels.values[cell][i];
  }
  return "";
}

}  // namespace

void TroubleLog::tick(uint64_t nowMs) {
  if (nowMs < dueMs_) return;
  dueMs_ = nowMs + kPeriodMs;
  tell(Counter::Redirects, redirects_, "redirected");
  tell(Counter::Failures, failures_, "requests_failed");
}

void TroubleLog::tell(Counter counter, Seen& seen, const char* event) {
  const Labels& labels = labelsOf(rowOf(counter).labels);
  for (size_t cell = 0; cell < labels.values.size(); ++cell) {
    const uint64_t count = cells_.get(counter, cell);
    const uint64_t fresh = count - seen[cell];
    seen[cell] = count;
    if (fresh == 0) continue;
    const Slice code = valueOf(labels, cell, "code");
    log::info(event, {{"class", labels.values[cell][0]}, {"code", code.empty() ? Slice("-") : code}, {"count", fresh},
                      {"worker", worker_}});
  }
}

}  // namespace slotway
