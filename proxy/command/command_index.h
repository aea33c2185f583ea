// Finds a row by the words of a request, any case: open addressing, no allocation, no copy of the name. Up to eight
// letters are compared as one number, which is the hash as well.
// Owner: its CommandTable. Thread: any (immutable once filled).
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "base/slice.h"
#include "command/command.h"

namespace slotway {

class CommandIndex {
 public:
  static constexpr uint16_t kNone = 0xffff;

  /// Makes the index over `commands`, whose names are distinct and in lower case.
  void fill(std::span<const Command> commands);

  /// The row named `name`, or "name|subcommand" if `subcommand` is given; kNone when there is none.
  uint16_t find(std::span<const Command> commands, Slice name, Slice subcommand = {}) const;

 private:
  struct Entry {
    uint64_t letters = 0;
    uint16_t length = 0;
    uint16_t row = kNone;
    bool isSubcommand = false;
  };
  size_t placeOf(uint64_t letters) const;

  std::vector<Entry> entries_;
  size_t mask_ = 0;
};

}  // namespace slotway
