#include "settings/text_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace slotway::settings {

Result<std::string> readTextFile(const std::string& path, size_t mostBytes) {
  errno = 0;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return Error{std::string("cannot be read: ") + std::strerror(errno)};
  std::string text(mostBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  // A folder opens and fails here only.
  if (std::ferror(file.get())) return Error{std::string("cannot be read: ") + std::strerror(errno)};
  if (text.size() > mostBytes) return Error{"is larger than " + std::to_string(mostBytes) + " bytes"};
  return text;
}

}  // namespace slotway::settings
