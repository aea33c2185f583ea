#include "command/stream_read.h"

#include "command/words.h"

namespace slotway {
namespace {

// How many arguments belong to the option `word`.
size_t argumentsOf(Slice word) {
  if (sameWord(word, "group")) return 2;
  return sameWord(word, "count") ? 1 : 0;
}

}  // namespace

bool asksToBlock(std::span<const Slice> args) {
  for (size_t at = 1; at < args.size() && !sameWord(args[at], "streams"); ++at) {
    if (sameWord(args[at], "block")) return true;
    at += argumentsOf(args[at]);
  }
  return false;
}

}  // namespace slotway
