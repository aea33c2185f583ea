// The control thread's way in: runs the proxy until it is told to stop.
// Owner: main. Thread: main.
#pragma once
#include <memory>

#include "settings/settings.h"

namespace slotway {

/// Returns the program's exit code.
int runControl(std::shared_ptr<const Settings> settings);

}  // namespace slotway
