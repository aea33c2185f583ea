// A small file as text: the settings file, a password. An error is what is wrong with the file, to be put behind its path:
// "cannot be read: Permission denied".
// Thread: any (blocks on the disk).
#pragma once
#include <string>

#include "base/result.h"

namespace slotway::settings {

Result<std::string> readTextFile(const std::string& path, size_t mostBytes);

}  // namespace slotway::settings
