// What the cells of one metric are told apart by: the names of its labels, and the values for every cell in the order of
// the enum that the data path counts with.
//
//     add(Counter::Redirects, RedirectKind::Ask, 1)  ->  cell [Redirects][1]  ->  {kind="ask", code="C003"}
//
// Thread: any (constants).
#pragma once
#include <cstdint>
#include <vector>

#include "base/slice.h"

namespace slotway {

enum class LabelSet : uint8_t {
  None,
  Worker,        ///< one per worker's block; the value comes with the block
  Command,       ///< one per command seen; the value comes from the command table
  Version,       ///< of this build
  Direction,
  RedirectKind,  ///< RedirectKind of the room cluster/, which this room may not see: the same words in the same order
  PauseReason,
  RetryReason,
  RefreshCause,
  Failure,
  ErrorClass,
};
inline constexpr size_t kLabelSets = static_cast<size_t>(LabelSet::ErrorClass) + 1;

struct Labels {
  std::vector<Slice> names;
  /// One entry per cell, each as long as names. None: one empty entry. Worker, Command, Version: no entry.
  std::vector<std::vector<Slice>> values;
};

/// For any set; the first call builds them all.
const Labels& labelsOf(LabelSet set);

}  // namespace slotway
