#include "command/keys.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "command/words.h"

namespace slotway {
namespace {

using Args = std::span<const Slice>;

// Where a spec finds its keys: every `step`th argument from `first` to `last`.
struct Run {
  enum class Kind : uint8_t { Keys, None, Malformed } kind = Kind::None;
  int64_t first = 0;
  int64_t last = 0;
  int64_t step = 1;
};

constexpr Run kNone{};
constexpr Run kMalformed{.kind = Run::Kind::Malformed};

// Position of the argument behind the spec's keyword; 0 when it is not there. As Redis searches (db.c,
// getKeysUsingKeySpecs): forward up to the last argument but one, backward down to the second.
int64_t behindKeyword(const KeySpec& spec, Args args) {
  const auto count = static_cast<int64_t>(args.size());
  const bool forward = spec.startFrom > 0;
  const int64_t step = forward ? 1 : -1;
  const int64_t low = forward ? 1 : 2;
  const int64_t high = forward ? count - 2 : count - 1;
  for (int64_t at = forward ? spec.startFrom : count + spec.startFrom; at >= low && at <= high; at += step) {
    if (sameWord(args[static_cast<size_t>(at)], spec.keyword)) return at + 1;
  }
  return 0;
}

Run locateRange(const KeySpec& spec, Args args, int64_t first) {
  const auto count = static_cast<int64_t>(args.size());
  int64_t last = first + spec.lastKey;
  if (spec.lastKey < 0) last = count + spec.lastKey;
  if (spec.lastKey < 0 && spec.limit > 1) last = first + (count - first) / spec.limit + spec.lastKey;
  if (last >= count) return kMalformed;
  if (last < first) return kNone;
  return {Run::Kind::Keys, first, last, spec.keyStep};
}

// A count as the nodes read it to find keys: what C's atoi makes of it, so that "1.5" is 1. They refuse such a count only
// once they have the keys (db.c, genericGetKeys), and answer MOVED before that. Below 0: no count at all.
int64_t countIn(Slice text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t count = 0;
  const bool number = std::from_chars(text.data(), text.data() + text.size(), count).ec == std::errc{};
  return number ? count : -1;
}

Run locateCounted(const KeySpec& spec, Args args, int64_t begin) {
  const auto at = static_cast<size_t>(begin + spec.keyNumIndex);
  if (at >= args.size()) return kMalformed;
  const int64_t keys = countIn(args[at]);
  if (keys < 0 || keys > static_cast<int64_t>(args.size())) return kMalformed;
  const int64_t first = begin + spec.firstKey;
  const int64_t last = first + (keys - 1) * spec.keyStep;
  if (keys == 0) return kNone;
  return last < static_cast<int64_t>(args.size()) ? Run{Run::Kind::Keys, first, last, spec.keyStep} : kMalformed;
}

Run locate(const KeySpec& spec, Args args) {
  if (spec.begin == KeySpec::Begin::Unknown || spec.find == KeySpec::Find::Unknown) return kNone;
  const int64_t begin = spec.begin == KeySpec::Begin::Index ? spec.beginIndex : behindKeyword(spec, args);
  if (begin == 0) return kNone;
  return spec.find == KeySpec::Find::Range ? locateRange(spec, args, begin) : locateCounted(spec, args, begin);
}

// The walkers call take(position, spec) for each key; take says whether to go on. False: the arguments make no sense.
template <class Take>
bool walkSpecs(const Command& command, Args args, Take take) {
  for (uint16_t spec = 0; spec < command.keySpecs.size(); ++spec) {
    const Run run = locate(command.keySpecs[spec], args);
    if (run.kind == Run::Kind::Malformed) return false;
    if (run.kind == Run::Kind::None) continue;
    for (int64_t at = run.first; at <= run.last; at += run.step) {
      if (!take(static_cast<uint32_t>(at), spec)) return true;
    }
  }
  return true;
}

// An option word and how many arguments follow it, which are no options themselves.
struct Option {
  Slice word;
  size_t arguments;
  uint16_t storeSpec;  ///< not 0: its argument is a key, by this spec
};

constexpr Option kSortOptions[] = {{"limit", 2, 0}, {"get", 1, 0}, {"by", 1, 0}, {"store", 1, 2}};
constexpr Option kGeoOptions[] = {{"count", 1, 0}, {"store", 1, 1}, {"storedist", 1, 2}};

const Option* optionNamed(std::span<const Option> options, Slice word) {
  for (const Option& option : options) {
    if (sameWord(option.word, word)) return &option;
  }
  return nullptr;
}

// The first argument, and the key that the last option of each storing kind names.
template <class Take>
bool walkStore(Args args, size_t firstOption, std::span<const Option> options, Take take) {
  constexpr uint16_t kMostSpecs = 3;
  std::array<uint32_t, kMostSpecs> keys{1};
  for (size_t at = firstOption; at < args.size(); ++at) {
    const Option* option = optionNamed(options, args[at]);
    if (option == nullptr) continue;
    if (option->storeSpec != 0 && at + 1 < args.size()) keys[option->storeSpec] = static_cast<uint32_t>(at + 1);
    at += option->arguments;
  }
  for (uint16_t spec = 0; spec < keys.size(); ++spec) {
    if (keys[spec] != 0 && !take(keys[spec], spec)) break;
  }
  return true;
}

// MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key ...]
template <class Take>
bool walkMigrate(Args args, Take take) {
  constexpr Option kOptions[] = {{"auth", 1, 0}, {"auth2", 2, 0}};
  constexpr size_t kKey = 3;
  constexpr size_t kFirstOption = 6;
  for (size_t at = kFirstOption; at + 1 < args.size(); ++at) {
    if (sameWord(args[at], "keys")) {
      if (!args[kKey].empty()) return false;
      for (++at; at < args.size() && take(static_cast<uint32_t>(at), uint16_t{1}); ++at) {}
      return true;
    }
    if (const Option* option = optionNamed(kOptions, args[at])) at += option->arguments;
  }
  take(static_cast<uint32_t>(kKey), uint16_t{0});
  return true;
}

template <class Take>
bool walk(const Command& command, Args args, Take take) {
  switch (command.finder) {
    case Finder::Specs: return walkSpecs(command, args, take);
    case Finder::SortStore: return walkStore(args, 2, kSortOptions, take);
    case Finder::GeoStore: return walkStore(args, static_cast<size_t>(-command.arity), kGeoOptions, take);
    case Finder::MigrateKeys: return walkMigrate(args, take);
  }
  return false;
}

}  // namespace

bool findKeys(const Command& command, Args args, std::vector<uint32_t>& positions) {
  return walk(command, args, [&](uint32_t position, uint16_t) {
    positions.push_back(position);
    return true;
  });
}

bool findKeys(const Command& command, Args args, std::vector<FoundKey>& keys) {
  return walk(command, args, [&](uint32_t position, uint16_t spec) {
    keys.push_back({position, spec});
    return true;
  });
}

uint32_t firstKey(const Command& command, Args args) {
  if (command.onlyKey != 0) return command.onlyKey;
  uint32_t first = 0;
  walk(command, args, [&](uint32_t position, uint16_t) {
    first = position;
    return false;
  });
  return first;
}

}  // namespace slotway
