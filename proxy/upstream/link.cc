#include "upstream/link.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/check.h"
#include "upstream/backoff.h"

namespace slotway {
namespace {

constexpr Slice kAsking = "*1\r\n$6\r\nASKING\r\n";
constexpr Slice kPing = "*1\r\n$4\r\nPING\r\n";
// A request up to this size is copied beside its neighbours; a larger one leaves from where it lies.
constexpr size_t kGatherBytes = 4096;
// A reply of which this much has come is passed on while the rest arrives.
constexpr size_t kStreamBytes = 16 * 1024;

constexpr uint64_t kLongestPauseMs = 100;

// What a server says to HELLO 3 that knows no RESP3, or no HELLO (before Redis 6).
bool saysTooOld(Slice error) { return error.starts_with("-NOPROTO") || error.starts_with("-ERR unknown command"); }

// What a node says for a while only; what else it says to a greeting is about the greeting.
bool passes(Slice error) {
  return error.starts_with("-BUSY ") || error.starts_with("-LOADING ") || error.starts_with("-ERR max number of clients");
}

// Of all that is written for it.
size_t sizeOf(const Leg& leg) { return leg.wire.size() + (leg.asking ? kAsking.size() : 0); }

}  // namespace

Link::Link(Loop& loop, LinkOwner& owner, Cells& cells, const Settings::Timeouts& timeouts, Endpoint endpoint,
           GreetingSteps greeting)
    : loop_(loop),
      owner_(owner),
      cells_(cells),
      timeouts_(timeouts),
      endpoint_(std::move(endpoint)),
      greeting_(std::move(greeting)),
      timer_(loop, [this] { onTimer(); }) {}

Link::~Link() { CHECK_THAT(idle()); }

void Link::submit(Leg& leg) {
  CHECK_THAT(loop_.onThread() && leg.state == LegState::Idle && state_ != State::Closed);
  leg.state = LegState::Queued;
  leg.link = this;
  queued_.pushBack(leg);
  markDirty();
}

void Link::onTimer() {
  if (state_ == State::Ready) {
    Leg* const stuck = sent_.front();
    const bool mayWaitOn = stuck != nullptr && alone(*stuck) && loop_.nowUs() < pausedUs_ + timeouts_.requestDeadlineMs * 1000;
    if (mayWaitOn) return timer_.start(kLongestPauseMs);
    // Somebody has kept this link from reading for as long as its neighbours can be asked to wait.
    if (stuck != nullptr) stuck->owner->legStuck(*stuck);
    return resume();
  }
  if (state_ != State::Waiting) return lose("no connection within the time-out");
  state_ = State::Idle;
  if (!queued_.empty() || keptOpen_) connect();
}

void Link::cancel(Leg& leg) {
  CHECK_THAT(leg.state == LegState::Queued && leg.link == this);
  queued_.remove(leg);
  leg.state = LegState::Idle;
  if (draining_ && idle()) owner_.linkDrained(*this);
}

void Link::markDirty() {
  if (!dirtyHook.linked()) owner_.linkDirty(*this);
}

void Link::connect() {
  state_ = State::Connecting;
  cells_.add(Counter::LinkConnects);
  stream_ = std::make_unique<Stream>(static_cast<StreamOwner&>(*this));
  timer_.start(timeouts_.connectMs);
  stream_->connect(loop_, endpoint_.host, endpoint_.port);
}

void Link::onConnected(Slice failure) {
  if (!failure.empty()) return lose(failure);
  state_ = State::Greeting;
  unreachable_ = false;
  greetingStep_ = 0;
  number_ = 0;
  objects_ = false;
  stream_->startReading();
  Bytes wires;
  for (const GreetingStep& step : greeting_) wires.append(step.wire);
  const Slice piece = wires.slice();
  if (stream_->write({&piece, 1}) == Stream::Written::Broken) lose("connection broken while greeting");
}

void Link::ready() {
  state_ = State::Ready;
  timer_.stop();
  cells_.set(Gauge::Links, cells_.get(Gauge::Links) + 1);
  markDirty();
  owner_.linkReady(*this, std::exchange(failures_, 0));
}

void Link::flush() {
  if (queued_.empty()) return;
  if (state_ == State::Idle) connect();
  while (state_ == State::Ready && !queued_.empty() && !stream_->writing()) writeQueued();
}

// One write of at most kReadBytes of small requests, and of large ones where they lie.
void Link::writeQueued() {
  thread_local std::vector<Slice> pieces;
  pieces.clear();
  char* const gather = loop_.writeBuffer();
  size_t gathered = 0;
  size_t pieceStart = 0;
  uint64_t bytes = 0;
  const auto closePiece = [&] {
    if (gathered != pieceStart) pieces.push_back({gather + pieceStart, gathered - pieceStart});
    pieceStart = gathered;
  };
  const auto copy = [&](Slice text) {
    std::memcpy(gather + gathered, text.data(), text.size());
    gathered += text.size();
  };

  const uint64_t nowUs = loop_.nowUs();
  while (Leg* leg = queued_.front()) {
    const bool small = leg->wire.size() <= kGatherBytes;
    if (gathered + kAsking.size() + (small ? leg->wire.size() : 0) > Loop::kReadBytes) break;
    queued_.remove(*leg);
    sent_.pushBack(*leg);
    leg->state = LegState::Sent;
    leg->sentUs = nowUs;
    bytes += sizeOf(*leg);
    leg->sentEnd = handedOver_ + bytes;
    if (leg->asking) copy(kAsking);
    if (small) {
      copy(leg->wire.slice());
    } else {
      closePiece();
      pieces.push_back(leg->wire.slice());
    }
  }
  closePiece();
  handedOver_ += bytes;
  cells_.add(Counter::Bytes, Direction::UpstreamOut, bytes);
  if (stream_->write(pieces) == Stream::Written::Broken) lose("connection broken while writing");
}

void Link::onWritten() {
  if (!queued_.empty()) markDirty();
}

std::pair<char*, size_t> Link::readTarget() { return {loop_.readBuffer(), loop_.readRoom()}; }

void Link::onBytes(size_t count) {
  cells_.add(Counter::Bytes, Direction::UpstreamIn, count);
  lastBytesUs_ = loop_.nowUs();
  Slice input{loop_.readBuffer(), count};
  if (!partial_.empty()) {
    partial_.append(input);
    input = partial_.slice();
  }
  const uint32_t generation = generation_;
  size_t start = 0;
  size_t position = scanned_;
  while (position < input.size()) {
    const ReplyScanner::Status status = scanner_.scan(input.substr(position));
    position += scanner_.consumed();
    if (status == ReplyScanner::Status::NeedMore) break;
    if (status == ReplyScanner::Status::Error) {
      cells_.fail(Failure::UpstreamProtocol);
      return lose("unintelligible reply");
    }
    frame(input.substr(start, position - start));
    if (generation != generation_) return;  // lost meanwhile: what is left came from a connection that is gone
    start = position;
  }
  if (scanner_.midway() && position > start) {
    Leg* leg = sent_.front();
    const bool mayPass = scanner_.type() != '-' && scanner_.type() != '>';
    const bool ours = leg != nullptr && leg->mayStream && swallowed_ == leg->repliesBefore() && mayPass;
    if (ours && (streaming_ || position - start >= kStreamBytes)) {
      streaming_ = true;
      leg->owner->legBytes(*leg, input.substr(start, position - start));
      if (generation != generation_) return;
      start = position;
    }
  }
  scanned_ = position - start;
  keepRest(input, start);
}

void Link::keepRest(Slice input, size_t from) {
  if (partial_.empty()) {
    partial_.append(input.substr(from));
  } else if (from == input.size()) {
    partial_.clear();
  } else {
    partial_.dropFront(from);
  }
}

void Link::frame(Slice reply) {
  if (scanner_.type() == '>') return owner_.linkPushed(*this, reply);
  if (state_ == State::Greeting) return greetingReply(reply);
  Leg* leg = sent_.front();
  if (leg == nullptr) return lose(reply.substr(0, reply.find_first_of("\r\n")));
  if (swallowed_ < leg->repliesBefore()) return swallow(*leg, reply);
  sent_.remove(*leg);
  swallowed_ = 0;
  leg->state = LegState::Settled;
  if (isEarly(*leg)) {
    const Bytes answer(reply);
    lose("a reply to half a request");
    return leg->owner->legSettled(*leg, Outcome::Replied, answer.slice());
  }
  if (!streaming_) {
    leg->owner->legSettled(*leg, Outcome::Replied, reply);
  } else {
    streaming_ = false;
    leg->owner->legBytes(*leg, reply);
    leg->owner->legSettled(*leg, Outcome::Streamed, {});
  }
  if (draining_ && idle()) owner_.linkDrained(*this);
}

void Link::swallow(Leg& leg, Slice reply) {
  ++swallowed_;
  const bool ofAsking = leg.asking && swallowed_ == 1;
  if (!ofAsking && !reply.starts_with('+')) leg.owner->legPrelude(leg, reply);
}

// The stream still reads from the leg's bytes, which go when it settles. Nodes do this before they hang up only.
bool Link::isEarly(const Leg& leg) const {
  return !streaming_ && !hasLeft(leg);
}

void Link::greetingReply(Slice reply) {
  const GreetingStep& step = greeting_[greetingStep_++];
  const bool failed = reply.starts_with('-');
  if (reply.starts_with("-BUSY ")) owner_.linkBusy(*this, reply);
  const bool wanted = step.expect == GreetingStep::Expect::Ok || step.expect == GreetingStep::Expect::Resp3;
  if (failed && (wanted || reply.starts_with("-NOAUTH"))) {
    const bool tooOld = step.expect == GreetingStep::Expect::Resp3 && saysTooOld(reply);
    if (!passes(reply)) refusal_ = tooOld ? Outcome::NoResp3 : Outcome::Denied;
    objects_ = !passes(reply) || reply.starts_with("-BUSY ");
    return lose(reply.substr(1, reply.find_first_of("\r\n") - 1));
  }
  if (!failed && step.expect == GreetingStep::Expect::Same && reply.find(step.value) == Slice::npos) {
    return lose("another node answers at this address");
  }
  if (step.expect == GreetingStep::Expect::Number && reply.starts_with(':')) {
    std::from_chars(reply.data() + 1, reply.data() + reply.size(), number_);
  }
  if (greetingStep_ == greeting_.size()) ready();
}

void Link::onEnd() { lose("the node closed the connection"); }

void Link::onBroken(Slice reason) { lose(reason); }

void Link::lose(Slice reason) {
  wasReady_ = state_ == State::Ready;
  unreachable_ = state_ == State::Connecting;
  if (state_ == State::Ready) cells_.set(Gauge::Links, cells_.get(Gauge::Links) - 1);
  ++generation_;
  const uint64_t leftAt = handedOver_ - (stream_ == nullptr ? 0 : stream_->unwritten());
  // Who is told that a write may have run may write the same key again: the first must not arrive behind the second.
  if (!sent_.empty() && stream_ != nullptr) stream_->forget();
  stream_.reset();
  handedOver_ = 0;
  scanner_ = {};
  const Bytes partial = std::move(partial_);  // `reason` may lie in it
  scanned_ = 0;
  if (state_ != State::Closed) {
    ++failures_;
    cells_.add(Counter::LinkFailures);
    state_ = State::Waiting;
    timer_.start(std::max(reconnectWaitMs(timeouts_, failures_), owner_.reconnectsIn(*this)));
  }

  // Taken out first: a leg that is submitted anew while these settle must stay behind them.
  LegList sent;
  LegList unsent;
  sent.append(sent_);
  unsent.append(queued_);
  Outcome outcome = std::exchange(streaming_, false) ? Outcome::Torn : Outcome::Lost;
  swallowed_ = 0;
  paused_ = false;
  owner_.linkFailed(*this, reason);
  while (Leg* leg = sent.popFront()) {
    leg->state = LegState::Idle;
    // Behind what the kernel took of a write that had to wait: no byte of it has left. Of a transaction it is enough
    // that its end has not.
    const uint64_t runsFrom = leg->preludes > 0 ? leg->sentEnd - 1 : leg->sentEnd - sizeOf(*leg);
    if (runsFrom >= leftAt) outcome = Outcome::Unsent;
    leg->owner->legSettled(*leg, std::exchange(outcome, Outcome::Lost), {});
  }
  const Outcome notSent = std::exchange(refusal_, Outcome::Unsent);
  while (Leg* leg = unsent.popFront()) {
    leg->state = LegState::Idle;
    leg->owner->legSettled(*leg, notSent, {});
  }
  if (draining_ && idle()) owner_.linkDrained(*this);
}

void Link::recall() {
  LegList unsent;
  unsent.append(queued_);
  while (Leg* leg = unsent.popFront()) {
    leg->state = LegState::Idle;
    leg->owner->legSettled(*leg, Outcome::Unsent, {});
  }
  if (draining_ && idle()) owner_.linkDrained(*this);
}

void Link::openIn(uint64_t waitMs) {
  CHECK_THAT(state_ == State::Idle && idle());
  if (waitMs == 0) return;
  state_ = State::Waiting;
  timer_.start(waitMs);
}

void Link::keepOpen() {
  if (draining_ || state_ == State::Closed) return;
  keptOpen_ = true;
  if (state_ == State::Idle) connect();
}

void Link::drain() {
  draining_ = true;
  keptOpen_ = false;
  if (idle()) owner_.linkDrained(*this);
}

void Link::close(Slice reason) {
  const bool open = stream_ != nullptr || !idle();
  if (state_ == State::Ready) cells_.set(Gauge::Links, cells_.get(Gauge::Links) - 1);
  state_ = State::Closed;
  timer_.stop();
  if (open) lose(reason);
}

uint64_t Link::silentUs(uint64_t nowUs) const {
  const Leg* oldest = sent_.front();
  if (oldest == nullptr || paused_) return 0;
  const uint64_t since = std::max({oldest->sentUs, lastBytesUs_, oldest->patientUntilUs});
  return nowUs - std::min(nowUs, since);
}

void Link::beat(uint64_t nowUs, uint64_t quietUs) {
  if (state_ != State::Ready || draining_ || paused_ || !idle() || nowUs < lastBytesUs_ + quietUs) return;
  Leg& ping = heartbeat_.leg;
  ping.owner = &heartbeat_;
  if (ping.wire.empty()) ping.wire.append(kPing);
  submit(ping);
}

void Link::checkStalled(uint64_t nowUs, uint64_t limitUs) {
  if (silentUs(nowUs) > limitUs) lose("no reply for " + std::to_string(limitUs / 1000) + " ms");
}

void Link::tellBusy(Slice error) {
  Leg* leg = sent_.front();
  while (leg != nullptr && (leg = sent_.next(*leg)) != nullptr) leg->owner->legBusy(*leg, error);
}

void Link::pause() {
  if (paused_ || state_ != State::Ready) return;
  paused_ = true;
  pausedUs_ = loop_.nowUs();
  stream_->stopReading();
  timer_.start(kLongestPauseMs);
}

void Link::resume() {
  if (!paused_) return;
  paused_ = false;
  timer_.stop();
  stream_->startReading();
}

}  // namespace slotway
