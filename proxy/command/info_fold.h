// One line of INFO, as several masters say it -> the one value that stands for all.
// Thread: the worker's (pure).
#pragma once
#include <functional>
#include <span>
#include <string>

#include "base/slice.h"

namespace slotway {

/// `values` has at least one.
std::string foldInfo(Slice section, Slice name, std::span<const Slice> values);

/// Overwrites what follows from other lines of the section: "used_memory_human", ratios and percentages.
/// `valueOf` gives a line's folded value, empty when there is none.
void deriveInfo(Slice name, const std::function<Slice(Slice)>& valueOf, std::string& value);

}  // namespace slotway
