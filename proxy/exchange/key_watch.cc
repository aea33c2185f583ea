#include "exchange/key_watch.h"

#include <algorithm>

#include "exchange/key_watches.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// Who is served wakes so many: twice as many are at it each time, while there is something for all.
constexpr uint64_t kWokenByServed = 2;
// A client comes back for more at once.
constexpr uint64_t kLingersUs = 1000 * 1000;

}  // namespace

KeyWait::~KeyWait() {
  if (watch != nullptr) watch->leave(*this);
}

KeyWatch::KeyWatch(KeyWatches& house, std::string key, const Watching& how)
    : house_(house),
      key_(std::move(key)),
      slot_(hashSlot(key_)),
      command_(how.look),
      wakes_(how.wakes),
      tellsGone_(how.tellsGone),
      queue_(house.router(), *this, 0, house.links(), house.written()) {}

void KeyWatch::join(KeyWait& wait) {
  wait.watch = this;
  waits_.pushBack(wait);
  foundNothing(wait);
  look();
}

void KeyWatch::leave(KeyWait& wait) {
  waits_.remove(wait);
  wait.watch = nullptr;
  leftUs_ = house_.router().nowUs();
  if (wait.ready) wakeFirst(1);
}

void KeyWatch::served(KeyWait& wait) {
  wait.ready = false;
  if (wakes_ != Watching::Wakes::AsManyAsThereAre) wakeFirst(kWokenByServed);
}

// What there was has been taken by others; but more may have come since it asked.
void KeyWatch::foundNothing(KeyWait& wait) {
  wait.ready = news(wait);
  wait.number = number_;
}

// What is being looked at may show it already.
void KeyWatch::changed() {
  knows_ = timed_ = false;
  look();
}

void KeyWatch::forget() {
  knows_ = false;
  stale_ = !queue_.empty();
}

void KeyWatch::look() {
  if (!waits_.empty() && !knows_ && queue_.empty()) lookNow();
}

void KeyWatch::lookNow() {
  stale_ = false;
  timed_ = knows_;
  knows_ = false;
  const Slice words[] = {command_, key_};
  Bytes wire;
  resp::request(wire, words);
  queue_.join(nullptr).beginWhole(std::move(wire), slot_, 0);
}

// A change that is told of before the answer is older than that. Who may not look may be served nevertheless.
void KeyWatch::exchangeSettled(Exchange&, Slice reply) {
  const resp::ReplyReader::Frame frame = resp::ReplyReader(reply).next();
  const bool looked = frame.type == ':';
  knows_ = (looked || reply.starts_with("-WRONGTYPE")) && !stale_;
  number_ = looked ? frame.number : 0;
  lookedUs_ = house_.router().nowUs();
  queue_.pop();
  const bool forbidden = reply.starts_with("-NOPERM");
  if (number_ > 0 || (looked && tellsGone_) || forbidden) {
    news_ = house_.router().nextSequence();
    if (forbidden || (timed_ && wakes_ != Watching::Wakes::AsManyAsThereAre)) {
      wakeLongestWaiting();
    } else if (wakes_ == Watching::Wakes::AsManyAsThereAre) {
      wakeFirst(static_cast<uint64_t>(number_));
    } else {
      wakeFirst(wakes_ == Watching::Wakes::All ? UINT64_MAX : 1);
    }
  }
  if (stale_) look();
}

void KeyWatch::exchangeTorn(Exchange& exchange, Failure why) {
  exchangeSettled(exchange, resp::errorFrame(textOf(why)).slice());
}

void KeyWatch::wakeFirst(uint64_t most) {
  for (KeyWait* wait = waits_.front(); wait != nullptr && most > 0; wait = waits_.next(*wait)) {
    if (wait->ready || !news(*wait)) continue;
    wait->ready = true;
    wait->number = number_;
    wait->waiter->keyReady();
    --most;
  }
}

// That a stream is there says nothing of new entries. Whoever has asked longest ago finds those that no node has told of, if
// there are any, and is served, and then the others are told.
void KeyWatch::wakeLongestWaiting() {
  KeyWait* longest = waits_.front();
  for (KeyWait* wait = longest; wait != nullptr; wait = waits_.next(*wait)) {
    if (!wait->ready && wait->askedAt < longest->askedAt) longest = wait;
  }
  if (longest == nullptr || longest->ready) return;
  longest->ready = true;
  longest->number = number_;
  longest->waiter->keyReady();
}

// One that is not answered goes again, over a link that has been made anew by then.
void KeyWatch::checkTime(uint64_t nowUs) {
  const Settings::Timeouts& timeouts = house_.router().settings().timeouts;
  queue_.expire(nowUs, std::min(timeouts.requestDeadlineMs, timeouts.busyAfterMs) * 1000);
  const bool due = !waits_.empty() && queue_.empty() && nowUs - lookedUs_ >= house_.looksAgainAfterUs(slot_);
  if (due) lookNow();
}

bool KeyWatch::idle(uint64_t nowUs) const { return waits_.empty() && nowUs > leftUs_ + kLingersUs; }

}  // namespace slotway
