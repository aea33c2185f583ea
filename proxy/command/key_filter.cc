#include "command/key_filter.h"

#include "command/node_questions.h"

namespace slotway {
namespace {

constexpr size_t kKeysOfBatch = 64;
// Of one step, so that others need not wait long.
constexpr size_t kQuestions = 256;

size_t repliesTo(bool oneByOne, size_t keys) { return oneByOne ? keys : 1; }

}  // namespace

void KeyFilter::add(HashSlot slot, Slice key, Slot state) {
  const bool oneByOne = request_.type || state == Slot::Moving;
  const bool joins = !waiting_.empty() && waiting_.back().slot == slot && waiting_.back().oneByOne == oneByOne &&
                     waiting_.back().keys.size() < kKeysOfBatch;
  if (!joins) waiting_.push_back({slot, oneByOne, {}});
  waiting_.back().keys.emplace_back(key);
}

void KeyFilter::ask(Questions& questions) {
  while (!waiting_.empty() && questions.all.size() < kQuestions) {
    askFor(waiting_.front(), questions);
    asked_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
}

void KeyFilter::askFor(const Batch& batch, Questions& questions) {
  if (!batch.oneByOne) return ask::existing(questions.toSlot(batch.slot), batch.keys);
  for (const std::string& key : batch.keys) ask::typeOf(questions.toSlot(batch.slot), key);
}

bool KeyFilter::take(std::span<const Slice> replies, ScanPage& page) {
  std::vector<Batch> asked;
  asked.swap(asked_);
  for (Batch& batch : asked) {
    const size_t count = repliesTo(batch.oneByOne, batch.keys.size());
    if (replies.size() < count) return false;
    const auto own = replies.first(count);
    replies = replies.subspan(count);
    if (!(batch.oneByOne ? takeOneByOne(batch, own, page) : takeTogether(batch, own.front(), page))) return false;
  }
  return true;
}

bool KeyFilter::takeOneByOne(const Batch& batch, std::span<const Slice> replies, ScanPage& page) {
  for (size_t at = 0; at < replies.size(); ++at) {
    const auto type = ask::text(replies[at]);
    if (!type) return false;
    if (request_.accepts(*type)) page.add(batch.keys[at]);
  }
  return true;
}

bool KeyFilter::takeTogether(Batch& batch, Slice reply, ScanPage& page) {
  const auto there = ask::integer(reply);
  if (!there) return false;
  if (static_cast<uint64_t>(*there) == batch.keys.size()) {
    for (const std::string& key : batch.keys) page.add(key);
  } else if (*there != 0) {
    batch.oneByOne = true;
    waiting_.push_back(std::move(batch));
  }
  return true;
}

}  // namespace slotway
