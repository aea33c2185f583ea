#include "exchange/keyspace_sweep.h"

#include <algorithm>
#include <random>

#include "exchange/exchange.h"
#include "exchange/router.h"
#include "keyspace/scan_within.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kPageKeys = 10'000;
// So that others need not wait long.
constexpr size_t kDeletionsAtOnce = 1000;
// Of a node with 30 times as many keys as the keyspace has, two in three such questions find one.
constexpr size_t kDraws = 32;

uint64_t randomBelow(uint64_t end) {
  thread_local std::mt19937_64 random{std::random_device{}()};
  return std::uniform_int_distribution<uint64_t>(0, end - 1)(random);
}

}  // namespace

KeyspaceSweep::KeyspaceSweep(const Keyspace& keyspace, const Command& command, const Request& request)
    : keyspace_(keyspace), what_(command.inKeyspace), draws_(what_ == InKeyspace::Draw) {
  all_.count = kPageKeys;
  if (what_ == InKeyspace::List) all_.pattern = request.args[1];
  all_ = scanWithin(keyspace, all_);
  if (!draws_) beginPage(0);
}

void KeyspaceSweep::beginPage(uint64_t cursor) {
  ScanRequest request = all_;
  if (cursor != 0) request.from = *ScanCursor::of(cursor);
  page_.emplace(std::move(request));
}

void KeyspaceSweep::next(Exchange& exchange) {
  exchange_ = &exchange;
  if (draws_) return askDraws(exchange);
  if (!doomed_.empty()) return sendDeletions(exchange);
  page_->next(exchange);
  exchange.eachLeg([](RoutedLeg& leg) { leg.reads = true; });
}

void KeyspaceSweep::askDraws(Exchange& exchange) const {
  for (size_t i = 0; i < kDraws; ++i) exchange.toSlot(keyspace_.slot()).append("*1\r\n$9\r\nRANDOMKEY\r\n");
}

// One by one: while the slot moves its keys are at two nodes.
void KeyspaceSweep::sendDeletions(Exchange& exchange) {
  const size_t count = std::min(doomed_.size(), kDeletionsAtOnce);
  for (size_t i = 0; i < count; ++i) {
    const Slice words[] = {"UNLINK", doomed_[i]};
    resp::request(exchange.toSlot(keyspace_.slot()), words);
  }
}

Course::Then KeyspaceSweep::gather(std::span<const Slice> replies) {
  if (!error_.empty()) return Then::Done;
  if (draws_) return takeDraws(replies);
  if (!doomed_.empty()) return takeDeletions(replies);
  return page_->gather(replies) == Then::Done ? takePage() : Then::Further;
}

// Each is one of all keys of the node, so the first that is ours is any one of ours.
Course::Then KeyspaceSweep::takeDraws(std::span<const Slice> replies) {
  draws_ = false;
  for (const Slice reply : replies) {
    const auto name = resp::ReplyReader(reply).next();
    if (!name.isText() || !keyspace_.owns(name.text)) continue;
    resp::bulk(found_, keyspace_.keyOf(name.text));
    return Then::Done;
  }
  beginPage(0);
  return Then::Further;
}

Course::Then KeyspaceSweep::takePage() {
  const KeyspaceWalk& walk = page_->walk();
  if (!walk.error().empty()) {
    error_ = Bytes(walk.error());
    return Then::Done;
  }
  cursor_ = walk.cursor();
  takeKeys(walk.page().keys());
  const bool tooMuch = found_.size() > exchange_->router().settings().limits.clientOutputBytes;
  if (tooMuch) {
    exchange_->router().cells().fail(Failure::GatherLimit);
    resp::error(error_, textOf(Failure::GatherLimit));
  }
  if (!error_.empty()) return Then::Done;
  if (!doomed_.empty()) return Then::Further;
  if (cursor_ == 0) return Then::Done;
  beginPage(cursor_);
  return Then::Further;
}

void KeyspaceSweep::takeKeys(Slice keys) {
  if (what_ == InKeyspace::List) found_.append(keys);
  resp::ReplyReader reader(keys);
  if (what_ == InKeyspace::List || what_ == InKeyspace::Count) {
    count_ += page_->walk().page().count();
    return;
  }
  while (!reader.atEnd() && reader.ok()) {
    const Slice key = reader.next().text;
    if (what_ == InKeyspace::Draw) {
      draw(key);
    } else {
      doomed_.push_back(keyspace_.nameOf(key));
    }
  }
}

// After n keys each of them is the one with a chance of one in n.
void KeyspaceSweep::draw(Slice key) {
  if (randomBelow(++count_) != 0) return;
  found_.truncate(0);
  resp::bulk(found_, key);
}

Course::Then KeyspaceSweep::takeDeletions(std::span<const Slice> replies) {
  const auto failed = std::ranges::find_if(replies, [](Slice reply) { return reply.starts_with('-'); });
  if (failed != replies.end()) {
    error_ = Bytes(*failed);
    return Then::Done;
  }
  doomed_.erase(doomed_.begin(), doomed_.begin() + static_cast<std::ptrdiff_t>(replies.size()));
  if (!doomed_.empty()) return Then::Further;
  if (cursor_ == 0) return Then::Done;
  beginPage(cursor_);
  return Then::Further;
}

void KeyspaceSweep::giveUp(Slice reason) {
  if (error_.empty()) error_ = Bytes(reason);
}

bool KeyspaceSweep::answer(Bytes& out) {
  if (!error_.empty()) {
    out.append(error_.slice());
    return what_ == InKeyspace::Clear;
  }
  switch (what_) {
    case InKeyspace::Count: resp::integer(out, static_cast<int64_t>(count_)); break;
    case InKeyspace::Clear: resp::simple(out, "OK"); break;
    case InKeyspace::Draw:
      found_.empty() ? resp::null(out, exchange_->version()) : out.append(found_.slice());
      break;
    default:
      resp::arrayHeader(out, count_);
      out.append(found_.slice());
  }
  return false;
}

}  // namespace slotway
