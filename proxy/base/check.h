// CHECK: for errors that are ours. It says where and stops the program; it is never about input, peers or operators.
// Thread: any.
#pragma once

namespace slotway {

[[noreturn]] void checkFailed(const char* file, int line, const char* what);

}  // namespace slotway

#define CHECK_THAT(condition) \
  do { \
    if (!(condition)) [[unlikely]] \
      ::slotway::checkFailed(__FILE__, __LINE__, #condition); \
  } while (false)
