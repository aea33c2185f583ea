// What a Client writes: answers in the order of the requests, kept until it is their turn, streamed, gathered into one write.
#include <algorithm>

#include "client/client.h"
#include "client/subscriptions.h"
#include "pubsub/recount.h"

namespace slotway {
namespace {

// So many bytes of answers are worth a write of their own.
constexpr size_t kWorthAWrite = 16 * 1024;

}  // namespace

void Client::exchangeSettled(Exchange& exchange, Slice reply) {
  markDirty();
  if (phase_ == Phase::Gone) return;
  if (exchange.recount != Recount::None) [[unlikely]] reply = recounted(exchange, reply);
  if (exchange.renames) [[unlikely]] reply = renamed(exchange, reply);
  if (&exchange != queue().head()) return keep(exchange, reply);
  deliver(exchange, reply);
  flushSettled();
}

Subscriptions& Client::subscriptions() {
  auto& subscriptions = session_.rare().subscriptions;
  if (subscriptions == nullptr) subscriptions = std::make_unique<Subscriptions>(*this, house_.hub(router_));
  return *subscriptions;
}

bool Client::onlySubscribing() const {
  return session_.subscriptions() != nullptr && session_.subscriptions()->any() && version() == resp::Version::Resp2;
}

// Numbers of subscribers as nodes give them count our links.
Slice Client::recounted(Exchange& exchange, Slice reply) {
  if (reply.starts_with('-') || exchange.legCount() == 0) return reply;
  const RoutedLeg& leg = exchange.leg(0);
  // What is one node's has just come over that link; of several nodes' links some may be gone by now.
  const bool oneNode = exchange.recount == Recount::Receivers || exchange.recount == Recount::ShardReceivers;
  const std::string place = oneNode && leg.link != nullptr ? leg.link->endpoint().text() : "";
  Bytes& answer = house_.scratch().answer;
  answer.truncate(0);
  if (!recountAt(place, exchange.recount, leg.wire.slice(), reply, answer)) return reply;
  exchange.kept().truncate(0);  // `reply` may lie there, and what is kept now is the answer
  return answer.slice();
}

// With the keys in it as the client calls them.
Slice Client::renamed(Exchange& exchange, Slice reply) {
  const Slice answer = renaming()->rename(exchange.command()->inKeyspace, reply, router_.scripts());
  if (answer.empty()) return reply;
  exchange.kept().truncate(0);  // as above
  return answer;
}

bool Client::recountAt(const std::string& place, Recount what, Slice request, Slice reply, Bytes& answer) {
  Hub& hub = house_.hub(router_);
  if (!recount(what, request, reply, place, hub.census(), answer)) return false;
  const bool published = what == Recount::Receivers || what == Recount::ShardReceivers;
  if (published && answer.slice() != ":0\r\n") {
    desk_->gate.open = [this] { markDirty(); };
    hub.awaitArrival(place, desk_->gate);
  }
  return true;
}

// An answer that came before its turn. As with those that have left: one may be large, but they may not pile up.
void Client::keep(Exchange& exchange, Slice bytes) {
  if (exchange.silent) return exchange.kept().clear();
  if (bytes.empty()) return;
  if (desk_->keptBytes > 0 && waiting() + bytes.size() > limits().clientOutputBytes) return cutOff(Failure::OutputLimit);
  desk_->keptBytes += bytes.size();
  if (!exchange.isKept(bytes)) exchange.keep(bytes);
}

// The head's answer is whole; it and whatever is settled behind it leave the queue.
void Client::deliver(Exchange& exchange, Slice reply) {
  if (!exchange.silent) exchange.isKept(reply) ? take(exchange.kept()) : append(reply);
  if (exchange.last) finish();
  if (exchange.requestBytes != 0) [[unlikely]] addInFlight(-exchange.requestBytes);
  queue().pop();
  if (!desk_->pushes.empty()) [[unlikely]] releasePushes();
  if (session_.subscriptions() != nullptr) [[unlikely]] session_.subscriptions()->release();
}

void Client::flushSettled() {
  while (Exchange* head = queue().head()) {
    if (head->state() == Exchange::State::Running) return;
    Bytes& kept = head->kept();
    desk_->keptBytes -= kept.size();
    if (head->state() == Exchange::State::Settled) {
      deliver(*head, kept.slice());
      continue;
    }
    if (!head->silent) append(kept.slice());
    return kept.clear();
  }
}

void Client::append(Slice bytes) {
  if (mayAppend(bytes.size())) desk_->out.append(bytes);
}

// The same without a copy, of a large answer that nothing stands before.
void Client::take(Bytes& bytes) {
  if (!desk_->out.empty() || bytes.size() <= Bytes::kRecycledBytes) return append(bytes.slice());
  if (mayAppend(bytes.size())) std::swap(desk_->out, bytes);
}

bool Client::mayAppend(size_t bytes) {
  if (phase_ == Phase::Gone || bytes == 0) return false;  // of a streamed answer nothing is left at its end
  // One answer may be larger than the limit; answers that pile up may not.
  const bool fits = unread() == 0 || unread() + bytes <= limits().clientOutputBytes;
  if (!fits) cutOff(Failure::OutputLimit);
  return fits;
}

// Of an answer that passes while it arrives its pace tells, and subscribers have a limit of their own.
void Client::checkBehind(bool subscribed, uint64_t nowMs) {
  const bool streams = !queue().empty() && queue().head()->state() == Exchange::State::Streaming;
  const size_t behind = streams || subscribed ? 0 : unread();
  const bool tooLong = desk_->behind.passed(behind, limits().clientOutputSoftBytes, limits().clientOutputSoftMs, nowMs);
  if (tooLong && phase_ != Phase::Gone) cutOff(Failure::OutputLimit);
}

void Client::exchangeBytes(Exchange& exchange, Slice bytes) {
  markDirty();
  if (phase_ == Phase::Gone || exchange.silent) return;
  if (&exchange == queue().head()) {
    writeNow(bytes);
    if (phase_ == Phase::Gone) return;
  } else {
    desk_->keptBytes += bytes.size();
    exchange.keep(bytes);
  }
  const size_t bound = desk_->pace.bound(limits().clientOutputBytes, exchange.holdsUpOthers());
  if (waiting() <= bound) return;
  desk_->pace.pause(exchange.sequence(), waiting(), bound);
  exchange.pause();
}

void Client::resumeLink() {
  const uint64_t sequence = desk_->pace.resume(waiting());
  if (sequence == 0) return;
  if (Exchange* const exchange = queue().find(sequence)) exchange->resume();
}

// A piece of a large answer: written from where it lies when nothing is in its way. It does not stay there, so it must be
// of a size that the stream copies should it have to wait.
void Client::writeNow(Slice bytes) {
  if (!desk_->out.empty() || stream_.writing() || bytes.size() > Stream::kCopiedBytes) return desk_->out.append(bytes);
  router_.cells().add(Counter::Bytes, Direction::ClientOut, bytes.size());
  if (stream_.write({&bytes, 1}) == Stream::Written::Broken) close();
}

void Client::exchangeTorn(Exchange&, Failure why) {
  if (why == Failure::OutputLimit && desk_->pace.readsOn(waiting(), limits().clientOutputBytes + kHoldBytes)) return;
  cutOff(why);
}

void Client::answerLater(uint64_t sequence, Slice reply) {
  if (desk_ == nullptr || queue().empty()) return;
  Exchange* exchange = queue().find(sequence);
  if (exchange == nullptr) exchange = queue().head()->within(sequence);
  // Past its deadline it has been answered already.
  if (exchange != nullptr && exchange->state() == Exchange::State::Running) exchange->answer(reply);
}

void Client::markDirty() {
  if (!dueHook.linked() && phase_ != Phase::Gone) house_.clientDirty(*this);
}

// Who pipelines mostly waits for the last answer, and each write has its price, here and there. Not while reading is held:
// then more requests come after a flush only. And an answer that passes while it arrives waits for nothing.
bool Client::gathers() const {
  if (phase_ != Phase::Open || desk_ == nullptr || queue().empty() || !stream_.reading()) return false;
  const bool little = !desk_->out.empty() && desk_->out.size() < kWorthAWrite;
  const Exchange& head = *queue().head();
  return little && head.state() == Exchange::State::Running && head.sequence() <= desk_->pipelineEnd;
}

void Client::flush() {
  if (session_.monitoring() != nullptr) showHeld();
  if (desk_ != nullptr) write();
  if (phase_ == Phase::Finishing && answered()) close();
  if (phase_ == Phase::Gone || desk_ == nullptr) return;
  resumeLink();
  if (queue().empty()) setHeavy(false);
  readOn();
  if (desksAreScarce() && atRest()) standUp();
}

void Client::write() {
  if (phase_ == Phase::Gone || desk_->out.empty() || stream_.writing() || desk_->gate.waits()) return;
  router_.cells().add(Counter::Bytes, Direction::ClientOut, desk_->out.size());
  if (stream_.write(std::move(desk_->out)) == Stream::Written::Broken) close();
}

void Client::onWritten() {
  session_.activeMs = router_.loop().nowMs();
  markDirty();
}

}  // namespace slotway
