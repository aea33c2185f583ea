#include "command/differences.h"

namespace slotway {
namespace {

constexpr Slice kNoSlotsApart = "A cluster runs a command where its keys are: all in one slot.";

constexpr Difference kDifferences[] = {
    {"*", "RENAME text dest", "*", "-CROSSSLOT Keys in request don't hash to the same slot*", kNoSlotsApart},
    {"COPY", "COPY {d}text {d}dest DB 1", "*", "-ERR Copying to another database is not allowed in cluster mode",
     "A cluster has database 0 only."},
    {"SORT, SORT_RO", "SORT_RO {d}list BY w_*", "*", "-ERR BY option of SORT denied in *luster mode.",
     "The keys that a pattern makes may be in other slots."},
    {"SORT, SORT_RO", "SORT_RO {d}list GET w_*", "*", "-ERR GET option of SORT denied in *luster mode.",
     "The keys that a pattern makes may be in other slots."},
};

}  // namespace

std::span<const Difference> differences() { return kDifferences; }

}  // namespace slotway
