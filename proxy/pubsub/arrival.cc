// The part of a Hub that knows whether what a node has said has reached its subscribers.
#include "pubsub/arrival.h"

#include <algorithm>
#include <utility>

#include "pubsub/hub.h"

namespace slotway {
namespace {

// What takes longer is not on its way: the node is silent, or its link is behind by more than a publisher can wait for.
constexpr uint64_t kLongestMs = 1000;

}  // namespace

void Hub::awaitArrival(const std::string& place, Publisher& publisher) {
  const bool same = !arrivals_.empty() && arrivals_.back().leaves && arrivals_.back().asker == worker_ &&
                    arrivals_.back().place == place;
  if (!same) {
    const uint64_t wish = askToSpeak(place);
    const size_t others = alone_ ? 0 : workers_ - 1;
    if (wish == 0 && others == 0) return;
    ++lastArrival_;
    arrivals_.push_back({lastArrival_, place, wish, others, worker_, lastArrival_, router_.loop().nowMs(), true});
    for (size_t other = 0; other < workers_ && others > 0; ++other) {
      if (other != worker_) voice_.arrival(other, {ArrivalNews::Kind::Asked, worker_, upstream_, lastArrival_, place});
    }
  }
  publisher.waitsFor = lastArrival_;
  if (!publisher.waits()) publishers_.pushBack(publisher);
  dirty_ = true;
}

void Hub::forget(Publisher& publisher) {
  if (publisher.waits()) publishers_.remove(publisher);
}

void Hub::hear(const ArrivalNews& news) {
  dirty_ = true;
  if (news.kind == ArrivalNews::Kind::Asked) {
    const uint64_t wish = askToSpeak(news.place);
    arrivals_.push_back({++lastArrival_, news.place, wish, 0, news.from, news.ticket, router_.loop().nowMs(), true});
    return;
  }
  for (Arrival& arrival : arrivals_) {
    if (arrival.asker == worker_ && arrival.askersTicket == news.ticket && arrival.missing > 0) --arrival.missing;
  }
}

void Hub::waitForNoOther() {
  alone_ = dirty_ = true;
  for (Arrival& arrival : arrivals_) arrival.missing = 0;
}

SubscriptionLink* Hub::speakingAt(const std::string& place) const {
  const auto found = std::ranges::find_if(links_, [&](const auto& link) { return link->ready() && link->place() == place; });
  return found == links_.end() ? nullptr : found->get();
}

uint64_t Hub::askToSpeak(const std::string& place) {
  SubscriptionLink* const link = speakingAt(place);
  if (link == nullptr) return 0;
  link->ask({TopicKind::Channel, SubscriptionWish::Verb::Ping, ++lastWish_, ""});
  return lastWish_;
}

// What a lost link has said last was said before anybody could ask.
bool Hub::hasArrived(const Arrival& arrival) const {
  const SubscriptionLink* const link = arrival.wish == 0 ? nullptr : speakingAt(arrival.place);
  return link == nullptr || link->answeredTo(arrival.wish);
}

void Hub::lookAtArrivals() {
  if (arrivals_.empty() && publishers_.empty()) return;
  uint64_t oldest = UINT64_MAX;  // of our own that are to come
  std::vector<Arrival> toCome;
  for (Arrival& arrival : std::exchange(arrivals_, {})) {
    const bool own = arrival.asker == worker_;
    const bool mayCome = router_.loop().nowMs() <= arrival.sinceMs + kLongestMs;
    if (mayCome && (arrival.missing > 0 || !hasArrived(arrival))) {
      if (own) oldest = std::min(oldest, arrival.ticket);
      arrival.leaves = false;
      toCome.push_back(std::move(arrival));
    } else if (!own) {
      voice_.arrival(arrival.asker, {ArrivalNews::Kind::Arrived, worker_, upstream_, arrival.askersTicket, ""});
    }
  }
  arrivals_ = std::move(toCome);
  for (size_t left = publishers_.size(); left > 0; --left) {
    Publisher* const publisher = publishers_.popFront();
    publisher->waitsFor < oldest ? publisher->arrived() : publishers_.pushBack(*publisher);
  }
}

}  // namespace slotway
