// The settings file's text -> a draft: every key is looked up in the rows, its value read, its place noted; what does not
// fit is refused and the rest is read on, so that one run shows every error.
// Thread: the caller's.
#pragma once
#include <string>

#include "base/slice.h"
#include "settings/draft.h"

namespace slotway::settings {

/// `file` is the name that messages show. Values of the draft that the file does not give stay.
void readYaml(Slice text, const std::string& file, Draft& draft);

}  // namespace slotway::settings
