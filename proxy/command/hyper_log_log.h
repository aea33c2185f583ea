// What PFADD keeps in a string, and how many different elements it stands for.
// Source: Redis' documentation of PFCOUNT; the layout in hyperloglog.c (dense, sparse); the estimator: Otmar Ertl, "New
// cardinality estimation algorithms for HyperLogLog sketches", 2017, section 4.
// Thread: any (pure).
#pragma once
#include <array>
#include <cstdint>

#include "base/slice.h"

namespace slotway {

class HyperLogLog {
 public:
  enum class Added : uint8_t { Yes, NotOne, Corrupt };

  /// Makes it stand for what the string stands for, too.
  Added add(Slice text);
  uint64_t count() const;

 private:
  static constexpr size_t kRegisters = 16384;

  Added addDense(Slice packed);
  Added addSparse(Slice runs);
  void raise(size_t index, uint8_t value);

  std::array<uint8_t, kRegisters> registers_{};
};

}  // namespace slotway
