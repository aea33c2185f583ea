#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace slotway {

void checkFailed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "slotway: %s:%d: this must hold and does not: %s\n", file, line, what);
  std::abort();
}

}  // namespace slotway
