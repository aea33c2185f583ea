#include "command/fact_reader.h"

#include <algorithm>
#include <limits>
#include <span>

#include "command/words.h"

namespace slotway {
namespace {

using resp::ReplyReader;

// Positions that a server may name; far more arguments than any request has, far fewer than could overflow a sum.
constexpr int64_t kFarthest = 1 << 24;

struct FlagWord {
  Slice word;
  CommandFlag flag;
};

constexpr FlagWord kFlagWords[] = {
    {"write", CommandFlag::Write},       {"readonly", CommandFlag::ReadOnly},
    {"blocking", CommandFlag::Blocking}, {"admin", CommandFlag::Admin},
    {"pubsub", CommandFlag::PubSub},     {"noscript", CommandFlag::NoScript},
    {"no_auth", CommandFlag::NoAuth},    {"no_multi", CommandFlag::NoMulti},
    {"movablekeys", CommandFlag::MovableKeys}, {"no_mandatory_keys", CommandFlag::NoMandatoryKeys},
};

uint32_t flagOf(Slice word) {
  const auto* found = std::ranges::find(kFlagWords, word, &FlagWord::word);
  return found == std::end(kFlagWords) ? 0 : static_cast<uint32_t>(found->flag);
}

// Calls `take` with each element of the array `raw` as raw bytes; false when it is no array.
template <class Take>
bool eachRaw(Slice raw, Take take) {
  ReplyReader reader(raw);
  const auto array = reader.next();
  if (!array.isArray()) return false;
  for (int64_t left = array.number; left > 0; --left) {
    const Slice element = reader.skip();
    if (!reader.ok()) return false;
    take(element);
  }
  return true;
}

Slice text(Slice raw) { return ReplyReader(raw).next().text; }

// Out of reason: 0, which no reader of a spec takes for a place.
int number(Slice raw) {
  const int64_t value = ReplyReader(raw).next().number;
  return value < -kFarthest || value > kFarthest ? 0 : static_cast<int>(value);
}

// Calls `take(key, raw value)` for the pairs of a flat map.
template <class Take>
bool eachPair(Slice raw, Take take) {
  Slice key;
  return eachRaw(raw, [&](Slice element) {
    if (key.data() == nullptr) {
      key = text(element);
    } else {
      take(key, element);
      key = {};
    }
  });
}

// "begin_search" and "find_keys" both are a pair of a type and what that type needs.
struct Step {
  Slice type;
  Slice spec;
};

Step readStep(Slice raw) {
  Step step;
  eachPair(raw, [&](Slice key, Slice value) { (key == "type" ? step.type = text(value) : step.spec = value); });
  return step;
}

void readBegin(Slice raw, KeySpec& spec) {
  const Step step = readStep(raw);
  if (step.type == "index") spec.begin = KeySpec::Begin::Index;
  if (step.type == "keyword") spec.begin = KeySpec::Begin::Keyword;
  eachPair(step.spec, [&](Slice key, Slice value) {
    if (key == "index") spec.beginIndex = number(value);
    if (key == "keyword") spec.keyword = text(value);
    if (key == "startfrom") spec.startFrom = number(value);
  });
}

void readFind(Slice raw, KeySpec& spec) {
  const Step step = readStep(raw);
  if (step.type == "range") spec.find = KeySpec::Find::Range;
  if (step.type == "keynum") spec.find = KeySpec::Find::KeyNumber;
  eachPair(step.spec, [&](Slice key, Slice value) {
    if (key == "lastkey") spec.lastKey = number(value);
    if (key == "keystep") spec.keyStep = number(value);
    if (key == "limit") spec.limit = number(value);
    if (key == "keynumidx") spec.keyNumIndex = number(value);
    if (key == "firstkey") spec.firstKey = number(value);
  });
}

bool plausible(const KeySpec& spec) {
  const bool begins = spec.begin != KeySpec::Begin::Index || spec.beginIndex > 0;
  return begins && spec.keyStep > 0 && spec.limit >= 0 && spec.keyNumIndex >= 0 && spec.firstKey >= 0;
}

KeySpec readKeySpec(Slice raw) {
  KeySpec spec;
  eachPair(raw, [&](Slice key, Slice value) {
    if (key == "begin_search") readBegin(value, spec);
    if (key == "find_keys") readFind(value, spec);
    if (key == "flags") spec.access = value;
  });
  eachRaw(spec.access, [&](Slice flag) {
    if (text(flag) == "not_key") spec.notKey = true;
    if (text(flag) == "incomplete") spec.incomplete = true;
  });
  if (!plausible(spec)) spec.begin = KeySpec::Begin::Unknown;
  return spec;
}

// Servers before 7.0 tell the first key, the last and the step, and no specs.
void addLegacySpec(Command& command, std::span<const Slice> fields) {
  KeySpec spec;
  spec.begin = KeySpec::Begin::Index;
  spec.find = KeySpec::Find::Range;
  spec.beginIndex = number(fields[3]);
  const int last = number(fields[4]);
  spec.lastKey = last >= 0 ? last - spec.beginIndex : last;
  spec.keyStep = number(fields[5]);
  if (plausible(spec)) command.keySpecs.push_back(std::move(spec));
}

void readFlags(Slice raw, Command& command) {
  eachRaw(raw, [&](Slice flag) { command.flags |= flagOf(text(flag)); });
  // What may come without keys and must not be called by a script is what runs scripts: EVAL, FCALL and kin.
  if (command.has(CommandFlag::NoMandatoryKeys) && command.has(CommandFlag::NoScript)) {
    command.flags |= static_cast<uint32_t>(CommandFlag::MayRunScript);
  }
}

void readTips(Slice raw, Tips& tips) {
  constexpr Slice kRequest = "request_policy:";
  constexpr Slice kResponse = "response_policy:";
  eachRaw(raw, [&](Slice tip) {
    const Slice word = text(tip);
    if (word.starts_with(kRequest)) tips.requestPolicy = word.substr(kRequest.size());
    if (word.starts_with(kResponse)) tips.responsePolicy = word.substr(kResponse.size());
  });
}

// The key that a command of this shape always has, and no other: then nothing needs to be looked for.
uint16_t onlyKeyOf(const Command& command) {
  if (command.keySpecs.size() != 1) return 0;
  const KeySpec& spec = command.keySpecs.front();
  const bool single = spec.begin == KeySpec::Begin::Index && spec.find == KeySpec::Find::Range && spec.lastKey == 0;
  const int least = command.arity < 0 ? -command.arity : command.arity;
  const bool always = spec.beginIndex < least && spec.beginIndex <= std::numeric_limits<uint16_t>::max();
  return single && !spec.incomplete && always ? static_cast<uint16_t>(spec.beginIndex) : 0;
}

std::string lowered(std::string name) {
  for (char& letter : name) letter = static_cast<char>(lower(letter));
  return name;
}

// Names become metric labels and words of error texts.
bool isName(Slice name) {
  return !name.empty() && std::ranges::all_of(name, [](char letter) { return letter > ' ' && letter < 0x7f; });
}

}  // namespace

std::optional<Fact> readFact(Slice raw) {
  std::vector<Slice> fields;
  if (!eachRaw(raw, [&](Slice field) { fields.push_back(field); }) || fields.size() < 6) return std::nullopt;
  Fact fact;
  fact.raw = raw;
  fact.command.name = lowered(std::string(text(fields[0])));
  fact.command.arity = number(fields[1]);
  if (!isName(fact.command.name) || fact.command.arity == 0) return std::nullopt;
  readFlags(fields[2], fact.command);
  if (fields.size() > 6) fact.categories = fields[6];
  if (fields.size() > 7) readTips(fields[7], fact.tips);
  if (fields.size() > 8) {
    eachRaw(fields[8], [&](Slice spec) { fact.command.keySpecs.push_back(readKeySpec(spec)); });
  } else {
    addLegacySpec(fact.command, fields);
  }
  if (fields.size() > 9) eachRaw(fields[9], [&](Slice subcommand) { fact.subcommands.push_back(subcommand); });
  fact.command.container = !fact.subcommands.empty();
  fact.command.onlyKey = onlyKeyOf(fact.command);
  return fact;
}

}  // namespace slotway
