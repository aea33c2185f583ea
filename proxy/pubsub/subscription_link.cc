#include "pubsub/subscription_link.h"

#include "base/check.h"
#include "cluster/hash_slot.h"
#include "cluster/redirect.h"
#include "resp/writer.h"
#include "upstream/backoff.h"

namespace slotway {
namespace {

// A node that has said nothing for so long is asked whether it is there ...
constexpr uint64_t kQuietMs = 1000;
// ... and has so long to answer, beyond the time after which one that runs a script says that it is busy. If the cluster
// gives it up earlier, so does the owner.
constexpr uint64_t kPatienceMs = 4000;

}  // namespace

SubscriptionLink::SubscriptionLink(Loop& loop, SubscriptionLinkOwner& owner, Cells& cells,
                                   const Settings::Timeouts& timeouts, std::string nodeId, Endpoint endpoint,
                                   GreetingSteps greeting)
    : loop_(loop),
      owner_(owner),
      cells_(cells),
      timeouts_(timeouts),
      nodeId_(std::move(nodeId)),
      endpoint_(std::move(endpoint)),
      place_(endpoint_.text()),
      greeting_(std::move(greeting)),
      timer_(loop, [this] { onTimer(); }) {
  // Not at once: an address that the system refuses would be told of from inside the owner's call.
  timer_.start(0);
}

SubscriptionLink::~SubscriptionLink() { close(); }

void SubscriptionLink::ask(SubscriptionWish wish) {
  CHECK_THAT(loop_.onThread() && ready());
  using Verb = SubscriptionWish::Verb;
  const TopicWords& words = wordsOf(wish.kind);
  const Slice args[] = {wish.verb == Verb::Ping ? "PING" : wish.verb == Verb::Join ? words.join : words.leave, wish.topic};
  resp::request(out_, std::span(args).first(wish.verb == Verb::Ping ? 1 : 2));
  asked_.push_back(std::move(wish));
}

void SubscriptionLink::flush() {
  if (!ready() || out_.empty() || stream_->writing()) return;
  cells_.add(Counter::Bytes, Direction::UpstreamOut, out_.size());
  if (stream_->write(std::exchange(out_, {})) == Stream::Written::Broken) lose("connection broken while writing");
}

void SubscriptionLink::tick(uint64_t nowMs) {
  if (!ready()) return;
  if (pingedMs_ == 0) {
    if (nowMs < heardMs_ + kQuietMs) return;
    pingedMs_ = nowMs;
    ask({TopicKind::Channel, SubscriptionWish::Verb::Ping, 0, ""});
    return flush();
  }
  if (nowMs > pingedMs_ + timeouts_.busyAfterMs + kPatienceMs) lose("the node is silent");
}

void SubscriptionLink::close() {
  if (state_ == State::Ready) cells_.set(Gauge::Links, cells_.get(Gauge::Links) - 1);
  state_ = State::Closed;
  ++generation_;
  timer_.stop();
  stream_.reset();
  asked_.clear();
}

// --- the connection ---

void SubscriptionLink::onTimer() { state_ == State::Waiting ? connect() : lose("no connection within the time-out"); }

void SubscriptionLink::connect() {
  state_ = State::Connecting;
  cells_.add(Counter::LinkConnects);
  stream_ = std::make_unique<Stream>(static_cast<StreamOwner&>(*this));
  timer_.start(timeouts_.connectMs);
  stream_->connect(loop_, endpoint_.host, endpoint_.port);
}

void SubscriptionLink::onConnected(Slice failure) {
  if (!failure.empty()) return lose(failure);
  state_ = State::Greeting;
  greetingStep_ = 0;
  stream_->startReading();
  Bytes wires;
  for (const GreetingStep& step : greeting_) wires.append(step.wire);
  if (stream_->write(std::move(wires)) == Stream::Written::Broken) lose("connection broken while greeting");
}

void SubscriptionLink::greetingReply(Slice reply) {
  const GreetingStep& step = greeting_[greetingStep_++];
  const bool failed = reply.starts_with('-');
  if (failed && (step.expect == GreetingStep::Expect::Ok || reply.starts_with("-NOAUTH"))) {
    return lose(reply.substr(1, reply.find_first_of("\r\n") - 1));
  }
  if (!failed && step.expect == GreetingStep::Expect::Same && reply.find(step.value) == Slice::npos) {
    return lose("another node answers at this address");
  }
  if (greetingStep_ < greeting_.size()) return;
  state_ = State::Ready;
  timer_.stop();
  failures_ = 0;
  pingedMs_ = 0;
  cells_.set(Gauge::Links, cells_.get(Gauge::Links) + 1);
  owner_.linkReady(*this);
}

// As a link for requests does it, save that the first attempt after a loss is made at once: each moment without a
// subscription may cost messages.
uint64_t SubscriptionLink::backoffMs() const { return failures_ <= 1 ? 0 : reconnectWaitMs(timeouts_, failures_ - 1); }

void SubscriptionLink::onEnd() { lose("the node closed the connection"); }

void SubscriptionLink::onBroken(Slice reason) { lose(reason); }

void SubscriptionLink::lose(Slice reason) {
  const bool wasReady = state_ == State::Ready;
  if (wasReady) cells_.set(Gauge::Links, cells_.get(Gauge::Links) - 1);
  ++generation_;
  stream_.reset();
  scanner_ = {};
  const Bytes partial = std::move(partial_);  // `reason` may lie in it
  scanned_ = 0;
  out_.clear();
  asked_.clear();
  ++failures_;
  cells_.add(Counter::LinkFailures);
  state_ = State::Waiting;
  timer_.start(backoffMs());
  owner_.linkLost(*this, reason, wasReady);
}

// --- what the node says ---

std::pair<char*, size_t> SubscriptionLink::readTarget() { return {loop_.readBuffer(), loop_.readRoom()}; }

void SubscriptionLink::onWritten() { flush(); }

void SubscriptionLink::onBytes(size_t count) {
  cells_.add(Counter::Bytes, Direction::UpstreamIn, count);
  heardMs_ = loop_.nowMs();
  pingedMs_ = 0;
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
    if (status == ReplyScanner::Status::Error) return lose("unintelligible message");
    frame(input.substr(start, position - start));
    if (generation != generation_) return;  // lost or closed meanwhile
    start = position;
  }
  scanned_ = position - start;
  if (partial_.empty()) return partial_.append(input.substr(start));
  start == input.size() ? partial_.clear() : partial_.dropFront(start);
}

void SubscriptionLink::frame(Slice bytes) {
  if (state_ == State::Greeting) return greetingReply(bytes);
  if (bytes.starts_with('-')) return answered(bytes);
  const std::optional<PubSubFrame> read = readPubSubFrame(bytes);
  if (!read) return lose("unintelligible message");
  switch (read->what) {
    case PubSubFrame::What::Other: return answered(bytes);
    case PubSubFrame::What::Message: return owner_.messageCame(*this, *read, bytes);
    case PubSubFrame::What::Joined: return answered(bytes);
    case PubSubFrame::What::Left: break;
  }
  const bool wished = !asked_.empty() && asked_.front().verb == SubscriptionWish::Verb::Leave &&
                      asked_.front().kind == read->kind && asked_.front().topic == read->topic;
  wished ? answered(bytes) : owner_.putOut(*this, read->kind, read->topic);
}

// A node that loses a slot ends subscriptions there by itself. Was it being asked to, then that counted as the answer, and
// the real one, a redirection, has nothing to answer any more.
bool SubscriptionLink::late(Slice reply) const {
  if (!reply.starts_with("-MOVED ")) return false;
  const std::optional<Redirect> redirect = parseRedirect(reply.substr(1, reply.find_first_of("\r\n") - 1));
  if (!redirect) return false;
  return asked_.empty() || asked_.front().kind != TopicKind::Shard || hashSlot(asked_.front().topic) != redirect->slot;
}

// The oldest wish is; a node answers in order.
void SubscriptionLink::answered(Slice reply) {
  if (late(reply)) return;
  if (asked_.empty()) return lose(reply.substr(0, reply.find_first_of("\r\n")));
  const SubscriptionWish wish = std::move(asked_.front());
  asked_.pop_front();
  const bool there = wish.verb == SubscriptionWish::Verb::Ping;  // whatever it says
  if (there || !reply.starts_with('-')) return owner_.wishGranted(*this, wish);
  owner_.wishRefused(*this, wish, reply.substr(1, reply.find_first_of("\r\n") - 1));
}

}  // namespace slotway
