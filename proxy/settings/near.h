// "did you mean": the known name that a mistyped one is nearest to.
// Thread: any (pure).
#pragma once
#include <string>
#include <vector>

#include "base/slice.h"

namespace slotway::settings {

/// At most two letters added, dropped or changed, and fewer than half of the name's; empty if none is that near.
std::string nearest(Slice name, const std::vector<std::string>& known);

/// "a, b, c"
std::string listed(const std::vector<std::string>& names);

}  // namespace slotway::settings
