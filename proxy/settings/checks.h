// What no single setting can know: defaults that depend on others, and rules between settings.
// Thread: the caller's.
#pragma once
#include <string>

#include "settings/draft.h"

namespace slotway::settings {

/// Adds the default listener, fills in the only upstream's name, then refuses what does not go together.
/// `file` is empty when none was read. A rule is not checked on settings that were refused already.
void completeAndCheck(Draft& draft, const std::string& file);

}  // namespace slotway::settings
