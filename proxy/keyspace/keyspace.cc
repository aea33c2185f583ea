#include "keyspace/keyspace.h"

namespace slotway {
namespace {

std::string quotedForGlob(Slice text) {
  constexpr Slice kSpecial = "*?[]^-\\";
  std::string quoted;
  for (const char letter : text) {
    if (kSpecial.find(letter) != Slice::npos) quoted += '\\';
    quoted += letter;
  }
  return quoted;
}

}  // namespace

Keyspace::Keyspace(Slice hashTag)
    : prefix_("{" + std::string(hashTag) + "}:"), globPrefix_(quotedForGlob(prefix_)), slot_(hashSlot(prefix_)) {}

}  // namespace slotway
