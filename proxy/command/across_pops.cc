#include "command/across_pops.h"

#include <algorithm>

#include "base/check.h"
#include "command/node_questions.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr AcrossPops::Kind kKinds[] = {
    {"blpop", "LLEN", "LPOP", 1},          {"brpop", "LLEN", "RPOP", 1},          {"blmpop", "LLEN", "LMPOP", 0},
    {"lmpop", "LLEN", "LMPOP", 0},         {"bzpopmin", "ZCARD", "ZPOPMIN", 2},   {"bzpopmax", "ZCARD", "ZPOPMAX", 2},
    {"bzmpop", "ZCARD", "ZMPOP", 0},       {"zmpop", "ZCARD", "ZMPOP", 0},
};

const AcrossPops::Kind& kindOf(const Command& command) {
  const auto* const kind = std::ranges::find(kKinds, Slice(command.name), &AcrossPops::Kind::command);
  CHECK_THAT(kind != std::end(kKinds));
  return *kind;
}

bool isNothing(Slice reply) {
  const auto frame = resp::ReplyReader(reply).next();
  return frame.null || (frame.type == '*' && frame.number == 0);
}

}  // namespace

AcrossPops::AcrossPops(const Request& request, const Command& command) : words_(request, command), kind_(kindOf(command)) {}

Watching AcrossPops::watching() const { return {.look = kind_.look}; }

void AcrossPops::ask(Questions& questions) {
  pop(0, questions);
  for (const Slice key : std::span(keys()).subspan(1)) {
    const Slice words[] = {kind_.look, key};
    Question& look = questions.all.emplace_back(hashSlot(key));
    look.reads = true;
    resp::request(look.wire, words);
  }
}

void AcrossPops::askAgain(ReadyKey ready, Questions& questions) {
  waited_ = true;
  pop(ready.key, questions);
}

void AcrossPops::pop(uint32_t key, Questions& questions) {
  asked_ = key;
  popFrom(keys()[key], hashSlot(keys()[key]), questions);
}

// Of a key that nobody has.
void AcrossPops::judgeOptions(Questions& questions) const {
  const HashSlot slot = hashSlot(keys().front());
  if (kind_.elements == 0) popFrom(ask::keyIn(slot), slot, questions);
}

void AcrossPops::popFrom(Slice name, HashSlot slot, Questions& questions) const {
  std::vector<Slice> words{kind_.pop, name};
  if (kind_.elements == 0) {
    // Without options it lacks a word, and is refused for what is wrong with it.
    const bool lacksWord = words_.options().empty();
    words = {kind_.pop, lacksWord ? "2" : "1", name};
    if (lacksWord) words.push_back(name);
    words.insert(words.end(), words_.options().begin(), words_.options().end());
  }
  resp::request(questions.toSlot(slot), words);
}

// Redis stops at the first key that is there, also where that is of another type; but whoever waits waits on.
AcrossTake::Came AcrossPops::take(std::span<const Slice> replies, Questions& questions, Bytes& out) {
  const Slice popped = replies.front();
  const bool passedOver = isNothing(popped) || (waited_ && popped.starts_with("-WRONGTYPE"));
  if (!passedOver) return answer(popped, out);
  if (replies.size() > 1) noteOthers(replies);
  if (others_.empty()) return Came::Nothing;
  pop(others_.back(), questions);
  others_.pop_back();
  return Came::Further;
}

// A look that failed tells nothing of its key: those that are known to have something come before it.
void AcrossPops::noteOthers(std::span<const Slice> looks) {
  const auto failed = [&](uint32_t key) { return looks[key].starts_with('-') && !looks[key].starts_with("-WRONGTYPE"); };
  for (uint32_t key = 1; key < looks.size(); ++key) {
    if (looks[key] != ":0\r\n") others_.push_back(key);
  }
  std::ranges::stable_partition(others_, [&](uint32_t key) { return !failed(key); });
  std::ranges::reverse(others_);
}

bool AcrossPops::took(Slice reply) const { return !isNothing(reply); }

AcrossTake::Came AcrossPops::answer(Slice reply, Bytes& out) const {
  if (kind_.elements == 0 || reply.starts_with('-')) {
    out.append(reply);
    return Came::Answer;
  }
  resp::ReplyReader reader(reply);
  if (kind_.elements > 1 && reader.next().number != kind_.elements) return Came::Senseless;
  resp::arrayHeader(out, 1 + kind_.elements);
  resp::bulk(out, keys()[asked_]);
  out.append(reader.rest());
  return Came::Answer;
}

}  // namespace slotway
