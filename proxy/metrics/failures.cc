#include "metrics/failures.h"

namespace slotway {
namespace {

struct Row {
  Slice label;
  Slice side;
  Slice code;
  Slice text;
};

// Spelled as the rows spell them, for the macro below to find. NOLINTBEGIN(readability-identifier-naming)
constexpr Slice Client = "client";
constexpr Slice Upstream = "upstream";
constexpr Slice C000 = "";
constexpr Slice C001 = "C001";
constexpr Slice C002 = "C002";
constexpr Slice C003 = "C003";
constexpr Slice C004 = "C004";
constexpr Slice C005 = "C005";
// NOLINTEND(readability-identifier-naming)

constexpr Row kRows[] = {
#define SLOTWAY_FAILURE_ROW(name, label, side, code, text) {label, side, code, text},
    SLOTWAY_FAILURES(SLOTWAY_FAILURE_ROW)
#undef SLOTWAY_FAILURE_ROW
};

const Row& row(Failure failure) { return kRows[static_cast<size_t>(failure)]; }

}  // namespace

Slice textOf(Failure failure) { return row(failure).text; }
Slice labelOf(Failure failure) { return row(failure).label; }
Slice sideOf(Failure failure) { return row(failure).side; }
Slice codeOf(Failure failure) { return row(failure).code; }

}  // namespace slotway
