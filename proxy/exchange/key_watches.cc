#include "exchange/key_watches.h"

#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kLookAgainUs = 1000 * 1000;
constexpr uint64_t kLookAgainIfTornUs = 100 * 1000;
// Many slots may move one after the other, and each time all keys are looked at.
constexpr uint64_t kForgotMs = 50;

GreetingSteps greeting() {
  const Slice words[] = {"CLIENT", "TRACKING", "ON"};
  Bytes wire;
  resp::request(wire, words);
  return {{std::string(wire.slice()), GreetingStep::Expect::Any, ""}};
}

}  // namespace

KeyWatches::KeyWatches(Router& router)
    : router_(router), forgot_(router.loop(), [this] {
        for (const auto& [name, watch] : watches_) watch->look();
      }) {
  if (!router.speaksResp3()) return;
  const auto more = [](const std::string&) { return greeting(); };
  links_ = router.linksFor(*this, resp::Version::Resp3, more, LinkPool::Open::WhenNeeded);
}

KeyWatches::~KeyWatches() {
  count(-static_cast<int64_t>(watches_.size()));
  watches_.clear();
  if (links_ != nullptr) router_.release(std::move(links_));
}

void KeyWatches::join(KeyWait& wait, Slice key, const Watching& how) {
  auto& watch = watches_[{std::string(key), std::string(how.look).append(how.party)}];
  if (watch == nullptr) {
    watch = std::make_unique<KeyWatch>(*this, std::string(key), how);
    bytes_ += watch->footprint();
    count(1);
  }
  watch->join(wait);
}

uint64_t KeyWatches::looksAgainAfterUs(HashSlot slot) const {
  return router_.isTorn(slot) ? kLookAgainIfTornUs : kLookAgainUs;
}

void KeyWatches::checkTime() {
  const uint64_t nowUs = router_.nowUs();
  for (const auto& [name, watch] : watches_) watch->checkTime(nowUs);
  const size_t erased = std::erase_if(watches_, [&](const auto& each) {
    const bool idle = each.second->idle(nowUs);
    if (idle) bytes_ -= each.second->footprint();
    return idle;
  });
  count(-static_cast<int64_t>(erased));
}

// The upstreams of a worker share its cells.
void KeyWatches::count(int64_t watches) {
  Cells& cells = router_.cells();
  cells.set(Gauge::WatchedKeys, cells.get(Gauge::WatchedKeys) + static_cast<uint64_t>(watches));
}

// >2 invalidate, and an array of keys or null: any key.
void KeyWatches::poolPushed(Slice frame) {
  resp::ReplyReader reader(frame);
  if (reader.next().number != 2 || reader.next().text != "invalidate") return;
  const auto keys = reader.next();
  if (keys.null) {
    for (const auto& [name, watch] : watches_) watch->changed();
    return;
  }
  for (int64_t left = keys.number; left > 0 && reader.ok(); --left) changed(reader.next().text);
}

void KeyWatches::changed(Slice key) {
  const std::string name(key);
  for (auto at = watches_.lower_bound({name, ""}); at != watches_.end() && at->first.first == name; ++at) at->second->changed();
}

void KeyWatches::poolForgot() {
  for (const auto& [name, watch] : watches_) watch->forget();
  if (!forgot_.active()) forgot_.start(kForgotMs);
}

}  // namespace slotway
