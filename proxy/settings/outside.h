// Settings from outside the file: variables override the file, flags override both. Errors name the flag or the variable.
// Thread: the caller's.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "settings/command_line.h"
#include "settings/draft.h"

namespace slotway {

/// The value of a variable; an empty one counts as not set, as compose files leave them.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

}  // namespace slotway

namespace slotway::settings {

void applyOutside(const CommandLine& line, const Environment& environment, Draft& draft);

}  // namespace slotway::settings
