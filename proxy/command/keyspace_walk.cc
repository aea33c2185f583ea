#include "command/keyspace_walk.h"

#include <algorithm>

#include "base/check.h"
#include "command/node_questions.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// A node with no more keys than this, or four times what is asked for, is read at once.
constexpr uint64_t kFewKeys = 1000;
constexpr uint64_t kMostAtOnce = 10'000;
// A slot with more is read with the node's SCAN: to list it, again for each page, would keep the node from its work.
constexpr uint64_t kMostListed = 10'000;
// A slot is listed again for each of its pages: however few keys are asked for, so often at most.
constexpr size_t kPagesOfSlot = 8;
// Slots of one survey.
constexpr uint64_t kLeastSurveyed = 16;
constexpr uint64_t kFirstSurveyed = 256;
constexpr size_t kMostSurveyed = 512;
// Of one answer, which may come with few keys or none.
constexpr unsigned kMostRounds = 64;
constexpr size_t kMostSlots = 4096;
constexpr unsigned kMostRestarts = 16;

// Keys may come while the slot is listed; a list that is as long as it may be is not known to be whole.
uint64_t mostListed(uint64_t counted) { return 2 * counted + 100; }

bool isError(Slice reply) { return reply.starts_with('-'); }

}  // namespace

KeyspaceWalk::KeyspaceWalk(ScanRequest request)
    : request_(std::move(request)),
      page_(request_.count, request_.hiddenBytes),
      filter_(request_),
      at_(request_.from),
      surveyed_(std::clamp(request_.count / 4, kLeastSurveyed, kFirstSurveyed)) {
  if (at_.way != ScanCursor::Way::AtNode) return;
  big_.emplace(at_);
  at_ = {.slot = at_.slot};
  enter(Phase::Big);
}

void KeyspaceWalk::ask(Questions& questions) {
  questions_ = &questions;
  switch (phase_) {
    case Phase::Survey: return askSurvey();
    case Phase::Whole:
      ask::scan(toOwner(), 0, 2 * kMostAtOnce, request_);
      return ask::ownSlots(toOwner());
    case Phase::List: return askList();
    case Phase::Target: return ask::keysOfSlot(questions.toNode(target_), at_.slot, mostListed(kMostListed));
    case Phase::Big: return big_->ask(request_, questions);
    case Phase::Settle: return ask::whereIs(toOwner(), at_.slot);
    case Phase::Filter: return filter_.ask(questions);
    case Phase::Done: break;
  }
  CHECK_THAT(!"a walk that is done has no questions");
}

void KeyspaceWalk::askSurvey() {
  ask::ownSlots(toOwner());
  ask::keys(toOwner());
  const size_t end = std::min<size_t>(at_.slot + surveyed_, request_.endSlot);
  for (size_t slot = at_.slot; slot < end; ++slot) ask::keysInSlot(toOwner(), static_cast<HashSlot>(slot));
}

void KeyspaceWalk::askList() {
  for (size_t i = 0; i < run_; ++i) {
    const auto slot = static_cast<HashSlot>(at_.slot + i);
    if (counts_[i] > 0) ask::keysOfSlot(toOwner(), slot, mostListed(counts_[i]));
  }
  ask::ownSlots(toOwner());
}

void KeyspaceWalk::take(std::span<const Slice> replies, Came came) {
  if (done()) return;
  const auto error = std::ranges::find_if(replies, isError);
  if (error != replies.end()) return giveUp(*error);
  switch (phase_) {
    case Phase::Survey: return takeSurvey(replies, came);
    case Phase::Whole: return takeWhole(replies, came);
    case Phase::List: return takeList(replies, came);
    case Phase::Target: return takeTarget(replies);
    case Phase::Big: return takeBig(replies, came);
    case Phase::Settle: return settled();
    case Phase::Filter:
      if (!filter_.take(replies, page_)) return senseless();
      return finish();
    case Phase::Done: return;
  }
}

// --- what the owner has ---

bool KeyspaceWalk::readBefore(std::span<const Slice> replies) {
  auto own = ask::ownSlotsIn(replies[0]);
  if (!own) return false;
  before_ = std::move(*own);
  counts_.clear();
  for (const Slice reply : replies.subspan(2)) {
    const auto count = ask::integer(reply);
    if (!count) return false;
    counts_.push_back(static_cast<uint64_t>(*count));
  }
  return true;
}

void KeyspaceWalk::takeSurvey(std::span<const Slice> replies, Came came) {
  const auto all = ask::integer(replies[1]);
  if (!all || !readBefore(replies)) return senseless();
  if (came != Came::InOrder || !before_.serves(at_.slot)) return unsettled();
  const uint64_t few = std::clamp(4 * std::min(request_.count, kMostAtOnce), kFewKeys, kMostAtOnce);
  if (static_cast<uint64_t>(*all) <= few && before_.holds(at_.slot) && !tooSparse_) return enter(Phase::Whole);
  if (counts_.front() > kMostListed) return enterBig();
  chooseRun();
  enter(Phase::List);
}

// As many slots as have the keys that are wanted. One that is being handed over stands alone.
void KeyspaceWalk::chooseRun() {
  run_ = 1;
  if (!before_.holds(at_.slot)) return;
  const uint64_t room = page_.room();
  for (uint64_t keys = counts_[0]; run_ < counts_.size() && keys < room; keys += counts_[run_++]) {
    if (counts_[run_] > kMostListed || !before_.holds(static_cast<HashSlot>(at_.slot + run_))) return;
  }
}

void KeyspaceWalk::takeWhole(std::span<const Slice> replies, Came came) {
  const auto scanned = ask::scanned(replies[0]);
  const auto after = ask::ownSlotsIn(replies[1]);
  if (!scanned || !after) return senseless();
  tooSparse_ = scanned->cursor != 0;
  if (tooSparse_) return enter(Phase::Survey);
  const auto held = [&](HashSlot slot) { return before_.holds(slot) && after->holds(slot); };
  if (came != Came::InOrder || after->nodeId != before_.nodeId || !held(at_.slot)) return unsettled();

  struct Place {
    uint64_t number;  // of the cursor that begins with it
    Slice key;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> places;
  ScanCursor end{.slot = at_.slot};
  while (end.slot < request_.endSlot && held(end.slot)) ++end.slot;
  for (const Slice key : scanned->keys) {
    const ScanCursor place{.slot = hashSlot(key), .hash = scanHash(key)};
    if (place.number() >= at_.number() && place.slot < end.slot) places.push_back({place.number(), key});
  }
  std::ranges::sort(places);
  places.erase(std::unique(places.begin(), places.end()), places.end());
  uint64_t last = at_.number();
  at_ = end;
  for (const Place& place : places) {
    if (page_.full() && place.number != last) {
      at_ = *ScanCursor::of(place.number);
      break;
    }
    last = place.number;
    page_.visit(place.key);
    page_.add(place.key);
  }
  moveOn();
}

void KeyspaceWalk::takeList(std::span<const Slice> replies, Came came) {
  const auto after = ask::ownSlotsIn(replies.back());
  if (!after) return senseless();
  if (came != Came::InOrder || after->nodeId != before_.nodeId || !after->serves(at_.slot)) return unsettled();
  const HashSlot first = at_.slot;
  size_t read = 0;
  for (size_t i = 0; i < run_; ++i) {
    std::vector<Slice> keys;
    if (counts_[i] > 0) {
      auto listed = ask::texts(replies[read++]);
      if (!listed) return senseless();
      if (listed->size() >= mostListed(counts_[i])) return unsettled();
      keys = std::move(*listed);
    }
    const auto slot = static_cast<HashSlot>(first + i);
    const bool held = before_.holds(slot) && after->holds(slot);
    if (i == 0 && !held) return passHanded(*after, keys);
    if (!held) break;
    ++passed_;
    pass(keys, KeyFilter::Slot::Settled);
    if (page_.full()) break;
  }
  if (run_ == counts_.size()) surveyed_ = std::min(surveyed_ * 2, kMostSurveyed);
  moveOn();
}

// --- a slot that is being handed over ---

void KeyspaceWalk::passHanded(const OwnSlots& after, std::span<const Slice> keys) {
  const auto& handovers = after.holds(at_.slot) ? before_.handovers : after.handovers;
  target_ = handovers.at(at_.slot);
  handed_.assign(keys.begin(), keys.end());
  enter(Phase::Target);
}

void KeyspaceWalk::takeTarget(std::span<const Slice> replies) {
  auto keys = ask::texts(replies[0]);
  if (!keys) return senseless();
  if (keys->size() + handed_.size() > kMostListed) return enterBig();
  keys->insert(keys->end(), handed_.begin(), handed_.end());
  std::ranges::sort(*keys);
  keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
  ++passed_;
  pass(*keys, KeyFilter::Slot::Moving);
  moveOn();
}

// --- within a slot ---

void KeyspaceWalk::pass(std::vector<Slice>& keys, KeyFilter::Slot state) {
  std::vector<std::pair<uint64_t, Slice>> places;
  for (const Slice key : keys) {
    const uint64_t hash = scanHash(key);
    if (hash >= at_.hash) places.emplace_back(hash, key);
  }
  const HashSlot slot = at_.slot;
  size_t end = std::max<size_t>(page_.room(), keys.size() / kPagesOfSlot);
  if (end < places.size()) {
    std::ranges::sort(places);
    while (end < places.size() && places[end].first == places[end - 1].first) ++end;
  }
  at_ = end < places.size() ? ScanCursor{.slot = slot, .hash = places[end].first}
                            : ScanCursor{.slot = static_cast<HashSlot>(slot + 1)};
  for (size_t i = 0; i < std::min(end, places.size()); ++i) {
    page_.visit(places[i].second);
    if (request_.matches(places[i].second)) filter_.add(slot, places[i].second, state);
  }
}

void KeyspaceWalk::enterBig() {
  big_.emplace(at_.slot);
  enter(Phase::Big);
}

void KeyspaceWalk::takeBig(std::span<const Slice> replies, Came came) {
  switch (big_->take(replies, came, page_)) {
    case SlotAtNode::Then::Senseless: return senseless();
    case SlotAtNode::Then::Unsettled: return unsettled();
    case SlotAtNode::Then::Further:
      if (big_->mayStop(page_)) finish();
      return;
    case SlotAtNode::Then::Passed:
      big_.reset();
      at_ = {.slot = static_cast<HashSlot>(at_.slot + 1)};
      return moveOn();
  }
}

// --- on, or to the end ---

void KeyspaceWalk::moveOn() {
  restarts_ = 0;
  const bool enough = page_.full() || ++rounds_ >= kMostRounds || passed_ >= kMostSlots;
  if (at_.slot >= request_.endSlot || enough) return finish();
  enter(Phase::Survey);
}

void KeyspaceWalk::finish() { enter(filter_.empty() ? Phase::Done : Phase::Filter); }

void KeyspaceWalk::unsettled() {
  ++restarts_;
  enter(Phase::Settle);
}

void KeyspaceWalk::settled() {
  if (restarts_ <= kMostRestarts) return enter(big_ ? Phase::Big : Phase::Survey);
  giveUp("-TRYAGAIN the cluster changes too fast to be scanned; go on with the same cursor\r\n");
}

void KeyspaceWalk::senseless() { giveUp("-ERR the nodes' replies make no sense to SCAN\r\n"); }

void KeyspaceWalk::giveUp(Slice error) {
  if (error_.empty()) error_.append(error);
  enter(Phase::Done);
}

void KeyspaceWalk::answer(Bytes& out) const {
  if (!error_.empty()) return out.append(error_.slice());
  page_.write(out, cursor());
}

uint64_t KeyspaceWalk::cursor() const {
  if (at_.slot >= request_.endSlot) return 0;
  return big_ ? big_->cursor().number() : at_.number();
}

}  // namespace slotway
