// FUZZ_TARGET(name) { ... Slice input ... }: one property of hostile bytes, judged with CHECK_THAT.
// Built with SLOTWAY_FUZZ it is the entry of a libFuzzer program; in slotway_unit it is a row of a list, and the corpus
// is run through it (tests/unit/fuzz/corpus_test.cc), so that every compiler and sanitizer sees what fuzzing found.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/slice.h"

#ifdef SLOTWAY_LIBFUZZER

#define FUZZ_TARGET(name)                                                             \
  static void fuzzOne(slotway::Slice input);                                          \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);           \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {          \
    fuzzOne({reinterpret_cast<const char*>(bytes), size});                            \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzzOne(slotway::Slice input)

#else

namespace slotway {

struct FuzzTarget {
  using Run = void (*)(Slice input);
  FuzzTarget(const char* targetName, Run targetRun) : name(targetName), run(targetRun), next(first) { first = this; }

  const char* const name;  ///< also the folder of its corpus
  const Run run;
  FuzzTarget* const next;
  static inline FuzzTarget* first = nullptr;
};

}  // namespace slotway

#define FUZZ_TARGET(name)                                              \
  static void fuzzOne_##name(slotway::Slice input);                    \
  static slotway::FuzzTarget fuzzTarget_##name(#name, &fuzzOne_##name); \
  static void fuzzOne_##name(slotway::Slice input)

#endif
