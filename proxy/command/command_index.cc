#include "command/command_index.h"

#include <bit>
#include <cstring>

#include "command/words.h"

namespace slotway {
namespace {

constexpr size_t kEntriesPerCommand = 4;
constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

// Of at most eight letters all, in lower case: among words of one length no two have the same number. Read without a loop,
// some letters twice.
uint64_t shortLettersOf(Slice word) {
  if (word.empty()) return 0;
  if (word.size() < sizeof(uint32_t)) {
    const auto at = [&](size_t place) { return uint64_t{static_cast<unsigned char>(word[place])}; };
    return lowered(at(0) << 16 | at(word.size() / 2) << 8 | at(word.size() - 1));
  }
  uint32_t first = 0;
  uint32_t last = 0;
  std::memcpy(&first, word.data(), sizeof first);
  std::memcpy(&last, word.data() + word.size() - sizeof last, sizeof last);
  return lowered(uint64_t{first} << 32 | last);
}

constexpr size_t kExactBytes = sizeof(uint64_t);

// Of a longer word a hash.
uint64_t lettersOf(Slice word) {
  uint64_t letters = 0;
  for (; word.size() > kExactBytes; word.remove_prefix(kExactBytes)) {
    letters = std::rotl(letters, 5) ^ shortLettersOf(word.substr(0, kExactBytes));
  }
  return std::rotl(letters, 5) ^ shortLettersOf(word);
}

uint64_t together(uint64_t name, uint64_t subcommand) { return std::rotl(name, 7) ^ subcommand; }

bool isWord(Slice lowered, Slice word) {
  if (lowered.size() != word.size()) return false;
  for (size_t at = 0; at < word.size(); ++at) {
    if (lower(word[at]) != static_cast<unsigned char>(lowered[at])) return false;
  }
  return true;
}

// A '|' in a client's word never matches: "config|get" is no command that a client could send in one word.
bool isSubcommand(Slice fullName, Slice name, Slice subcommand) {
  if (name.find('|') != Slice::npos || subcommand.find('|') != Slice::npos) return false;
  if (fullName.size() != name.size() + 1 + subcommand.size() || fullName[name.size()] != '|') return false;
  return isWord(fullName.substr(0, name.size()), name) && isWord(fullName.substr(name.size() + 1), subcommand);
}

}  // namespace

void CommandIndex::fill(std::span<const Command> commands) {
  entries_.assign(std::bit_ceil(commands.size() * kEntriesPerCommand + 1), Entry{});
  mask_ = entries_.size() - 1;
  for (const Command& command : commands) {
    const Slice name = command.name;
    const size_t bar = name.find('|');
    const bool isSubcommand = bar != Slice::npos;
    const uint64_t letters =
        isSubcommand ? together(lettersOf(name.substr(0, bar)), lettersOf(name.substr(bar + 1))) : lettersOf(name);
    size_t at = placeOf(letters);
    while (entries_[at].row != kNone) at = (at + 1) & mask_;
    entries_[at] = {letters, static_cast<uint16_t>(name.size()), command.index, isSubcommand};
  }
}

size_t CommandIndex::placeOf(uint64_t letters) const { return static_cast<size_t>(letters * kGolden >> 32) & mask_; }

uint16_t CommandIndex::find(std::span<const Command> commands, Slice name, Slice subcommand) const {
  uint64_t letters = lettersOf(name);
  size_t length = name.size();
  if (!subcommand.empty()) {
    letters = together(letters, lettersOf(subcommand));
    length += 1 + subcommand.size();
  }
  for (size_t at = placeOf(letters); entries_[at].row != kNone; at = (at + 1) & mask_) {
    const Entry& entry = entries_[at];
    if (entry.letters != letters || entry.length != length || entry.isSubcommand == subcommand.empty()) continue;
    if (length <= kExactBytes && subcommand.empty()) return entry.row;
    const Slice fullName = commands[entry.row].name;
    if (subcommand.empty() ? isWord(fullName, name) : isSubcommand(fullName, name, subcommand)) return entry.row;
  }
  return kNone;
}

}  // namespace slotway
