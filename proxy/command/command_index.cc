#include "command/command_index.h"

#include <bit>

#include "command/words.h"

namespace slotway {
namespace {

constexpr size_t kEntriesPerCommand = 4;
constexpr uint32_t kSeed = 2166136261u;
constexpr uint32_t kPrime = 16777619u;

// FNV-1a over lower-case letters.
uint32_t hashOf(Slice text, uint32_t hash) {
  for (const char letter : text) hash = (hash ^ lower(letter)) * kPrime;
  return hash;
}

uint32_t hashOf(Slice name, Slice subcommand) {
  const uint32_t hash = hashOf(name, kSeed);
  return subcommand.empty() ? hash : hashOf(subcommand, hashOf("|", hash));
}

// A '|' in a client's word never matches: "config|get" is no command that a client could send in one word.
bool isWord(Slice lowered, Slice word) { return sameWord(lowered, word) && word.find('|') == Slice::npos; }

bool isNamed(Slice fullName, Slice name, Slice subcommand) {
  if (subcommand.empty()) return isWord(fullName, name);
  if (fullName.size() != name.size() + 1 + subcommand.size() || fullName[name.size()] != '|') return false;
  return isWord(fullName.substr(0, name.size()), name) && isWord(fullName.substr(name.size() + 1), subcommand);
}

}  // namespace

void CommandIndex::fill(std::span<const Command> commands) {
  entries_.assign(std::bit_ceil(commands.size() * kEntriesPerCommand + 1), Entry{});
  mask_ = static_cast<uint32_t>(entries_.size() - 1);
  for (const Command& command : commands) {
    const uint32_t hash = hashOf(Slice(command.name), kSeed);
    uint32_t at = hash & mask_;
    while (entries_[at].row != kNone) at = (at + 1) & mask_;
    entries_[at] = {hash, command.index};
  }
}

uint16_t CommandIndex::find(std::span<const Command> commands, Slice name, Slice subcommand) const {
  const uint32_t hash = hashOf(name, subcommand);
  for (uint32_t at = hash & mask_; entries_[at].row != kNone; at = (at + 1) & mask_) {
    const Entry& entry = entries_[at];
    if (entry.hash == hash && isNamed(commands[entry.row].name, name, subcommand)) return entry.row;
  }
  return kNone;
}

}  // namespace slotway
