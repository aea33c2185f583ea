#include "client/client.h"

#include <algorithm>

#include "base/check.h"
#include "client/local_answers.h"
#include "client/transaction_answers.h"
#include "client/subscription_answers.h"
#include "client/subscriptions.h"
#include "command/scan_request.h"
#include "exchange/keyspace_scan.h"
#include "exchange/keyspace_sweep.h"
#include "exchange/split_parts.h"
#include "keyspace/scan_within.h"
#include "resp/writer.h"
#include "uv/address.h"

namespace slotway {
namespace {

// A request is at least read into this much room; one of this size is large.
constexpr size_t kReadStep = 16 * 1024;
// The number of smaller requests under way is bound enough.
constexpr size_t kWorthCounting = 1024;
// For so long a desk that is to spare is left to a client at rest.
constexpr uint64_t kSpareDeskMs = 100;
// request_bytes is about values; names, keys and headers come on top.
constexpr size_t kHeaderAllowance = 64 * 1024;

// A page may have a browser send commands to a server that listens on its machine; HTTP headers go before them.
// Source: Redis 7.0 server.c (processCommand: securityWarningCommand).
bool comesFromBrowser(Slice word) { return sameWord(word, "post") || sameWord(word, "host:"); }

bool isFlush(std::span<const Slice> args) {
  return args.size() == 1 || (args.size() == 2 && (sameWord(args[1], "sync") || sameWord(args[1], "async")));
}

// A script that names no key has those of its keyspace.
void aimKeyless(const Keyspace& keyspace, Plan& plan) {
  plan.target = Plan::Target::Slot;
  plan.slot = keyspace.slot();
}

}  // namespace

Client::Client(ClientHouse& house, Router& router, const ListenerSettings& listener, uint64_t id)
    : house_(house), router_(router), listener_(listener), stream_(*this) {
  session_.id = id;
  session_.authenticated = router.settings().clientPassword.empty();
  session_.activeMs = router.loop().nowMs();
  session_.sinceSeconds = static_cast<uint32_t>(session_.activeMs / 1000);
}

Client::~Client() { standUp(); }

bool Client::open(int fd) {
  if (!stream_.open(router_.loop(), fd)) return false;
  stream_.startReading();
  return true;
}

Desk& Client::sitDown() {
  if (desk_ == nullptr) {
    desk_ = house_.scratch().desks.take();
    desk_->queue.emplace(router_, static_cast<ExchangeOwner&>(*this), session_.id, links(),
                          session_.written, listener_.ordering);
  }
  return *desk_;
}

void Client::speak(resp::Version version) {
  CHECK_THAT(quiet());
  session_.version = version;
  const TransactionState* const state = session_.transaction();
  if (state != nullptr && state->watching != nullptr) state->watching->speak(version);
  if (session_.tracking() != nullptr) session_.tracking()->follow();
  queue().use(links());
}

LinkPool& Client::links() {
  LinkPool* const own = session_.tracking() == nullptr ? nullptr : session_.tracking()->links();
  return own == nullptr ? router_.links(session_.version) : *own;
}

void Client::trackNothing() {
  session_.rare().tracking.reset();
  queue().use(links());
}

void Client::standUp() {
  if (desk_ == nullptr) return;
  setHeavy(false);
  if (desk_->takesBack) queue().takeBack();
  if (desk_->gate.waits()) house_.hub(router_).forget(desk_->gate);
  desk_->reset();
  house_.scratch().desks.give(std::move(desk_));
}

bool Client::desksAreScarce() const { return house_.scratch().desks.inUse() > ClientScratch::kDesksToSpare; }

// All that it asked for, and it has been written too.
bool Client::answered() const {
  return desk_ == nullptr || (queue().empty() && desk_->out.empty() && !stream_.writing());
}

// --- from the client ---

std::pair<char*, size_t> Client::readTarget() {
  if (router_.loop().full()) return stopForMemory();
  if (desk_ == nullptr || desk_->in.empty()) return {router_.loop().readBuffer(), Loop::kReadBytes};
  Bytes& in = desk_->in;
  const size_t missing = desk_->parser.midway() ? desk_->parser.missing() : 1;
  const size_t least = in.size() < kReadStep ? kReadStep : std::min(missing, kReadStep);
  // Room for as much again as has come: what a client announces is not yet there.
  const size_t atOnce = house_.scratch().isScarce() ? house_.scratch().mayHold : SIZE_MAX;
  const size_t ahead = std::min({missing, in.size(), atOnce});
  if (in.room() < least) in.reserve(in.size() + std::max(kReadStep, ahead));
  // A large value is read to its end and no further, so that the request can be handed on as it lies here.
  const size_t most = missing < kReadStep ? in.room() : std::min(in.room(), missing);
  return {in.tail(), std::min(most, atOnce)};
}

void Client::onBytes(size_t count) {
  router_.cells().add(Counter::Bytes, Direction::ClientIn, count);
  session_.activeMs = router_.loop().nowMs();
  Bytes& in = sitDown().in;
  const bool nothingWaits = desk_->out.empty();
  if (!in.empty()) {
    in.added(count);
    parseHeld();
  } else {
    char* const data = router_.loop().readBuffer();
    const size_t done = parse(data, count, nullptr);
    const Slice rest{data + done, count - done};
    // One more than is missing: a read that does not fill all of it is known to have been the last for now.
    if (desk_->parser.midway()) in.reserve(rest.size() + std::min(rest.size(), desk_->parser.missing()) + 1);
    in.append(rest);
    holdBack();
  }
  if (nothingWaits && !queue().empty()) desk_->pipelineEnd = queue().last()->sequence();
  if (desksAreScarce() && atRest()) standUp();
}

void Client::parseHeld() {
  Bytes& in = desk_->in;
  const size_t done = parse(in.data(), in.size(), &in);
  if (done >= in.size() || phase_ != Phase::Open) {
    in.clear();
  } else {
    in.dropFront(done);
  }
  holdBack();
}

// How much of it is done with. `storage` holds the bytes, where they may be taken from it.
size_t Client::parse(char* data, size_t size, Bytes* storage) {
  RequestParser::Limits parserLimits;
  parserLimits.bulkBytes = std::min<size_t>(parserLimits.bulkBytes, limits().requestBytes);
  parserLimits.requestBytes = limits().requestBytes + kHeaderAllowance;
  ClientScratch& house = house_.scratch();
  std::vector<Slice>& scratch = house.args;
  RequestParser& parser = desk_->parser;
  size_t done = 0;
  while (done < size && phase_ == Phase::Open && !held()) {
    if (house.paused != Paused::Nobody && postpones(data + done, size - done)) return done;
    parserLimits.authenticated = session_.authenticated;
    std::vector<Slice>& args = parser.midway() ? desk_->args : scratch;
    switch (parser.parse(data + done, size - done, args, parserLimits)) {
      case RequestParser::Status::Complete: {
        const size_t length = parser.consumed();
        if (parser.isInline()) {
          handleInline(args);
        } else {
          const bool handOn = storage != nullptr && length == size && length >= kReadStep;
          handle({{data + done, length}, args, handOn ? storage : nullptr});
        }
        done += length;
        args.clear();
        break;
      }
      case RequestParser::Status::Empty:
        done += parser.consumed();
        args.clear();
        break;
      case RequestParser::Status::NeedMore:
        if (&args == &scratch) {
          desk_->args.assign(scratch.begin(), scratch.end());
          scratch.clear();
        }
        desk_->argsWeight.set(desk_->args.capacity() * sizeof(Slice));
        return done;
      case RequestParser::Status::Error:
        args.clear();
        protocolError(parser.tooLarge() ? Failure::RequestLimit : Failure::ClientProtocol, parser.error());
        return size;
    }
  }
  return phase_ == Phase::Open ? done : size;
}

void Client::cutOff(Failure why) {
  router_.cells().fail(why);
  close();
}

void Client::protocolError(Failure failure, Slice text) {
  Exchange& exchange = joinQueue(nullptr);
  exchange.last = true;
  exchange.failWith(failure, "ERR " + std::string(text));
  finish();
}

Exchange& Client::joinQueue(const Command* command) {
  Exchange& exchange = queue().join(command);
  exchange.silent = session_.replyMode != ReplyMode::On;
  if (session_.replyMode == ReplyMode::SkipNext) session_.replyMode = ReplyMode::On;
  return exchange;
}

// As the array that a client library would have sent.
void Client::handleInline(std::span<const Slice> words) {
  Bytes wire;
  resp::request(wire, words);
  handle({wire.slice(), argsOf(wire.slice())});
}

// Stop 3 of a request: is it known, well-formed and allowed, and who answers it?
void Client::handle(const Request& request) {
  const CommandTable& table = router_.table();
  const Command* command = table.find(request.args);
  Exchange& exchange = joinQueue(command);
  if (request.wire.size() >= kWorthCounting) [[unlikely]] countInFlight(exchange, request.wire.size());
  if (session_.tracking() != nullptr) [[unlikely]] beginTracked(command);
  // The cluster may know more commands than the table does before it was reached.
  if (command == nullptr && session_.authenticated && !router_.ready()) return notReached(exchange);
  const bool fits = command != nullptr && command->arityFits(request.args.size());
  if (command == nullptr && comesFromBrowser(request.args.front())) return cutOff(Failure::ClientProtocol);
  if (!fits) {
    const Failure why = command == nullptr ? Failure::UnknownCommand : Failure::WrongArity;
    std::string text = table.refusal(request.args, command);
    spoilTransaction(session_, command, text);
    return exchange.failWith(why, text);
  }
  session_.lastCommand = command->name.c_str();
  if (!session_.authenticated && !command->has(CommandFlag::NoAuth)) return exchange.fail(Failure::NotAuthenticated);
  if (!listener_.hashTag.empty()) [[unlikely]] return dispatchRenamed(exchange, request, *command);
  dispatch(exchange, request, *command);
}

void Client::dispatch(Exchange& exchange, const Request& request, const Command& command) {
  const bool queued = session_.transaction() != nullptr && LocalAnswers::queue(*this, exchange, request, command);
  if (queued) return;
  exchange.recount = command.recount;
  if (session_.subscriptions() != nullptr && SubscriptionAnswers::bars(*this, exchange, command)) return;
  if (command.lane == Lane::Local) return LocalAnswers::answer(*this, exchange, request, command);
  route(exchange, request, command);
}

// With its keys as the nodes call them: from here on nobody knows of others.
void Client::dispatchRenamed(Exchange& exchange, const Request& request, const Command& command) {
  Result<Request> renamed = renaming()->rename(request, command, router_.table(), router_.scripts());
  if (!renamed) {
    if (session_.subscriptions() != nullptr && SubscriptionAnswers::bars(*this, exchange, command)) return;
    std::string text = renamed.error();
    spoilTransaction(session_, &command, text);
    return exchange.failWith(Failure::Refused, text);
  }
  exchange.renames = true;
  dispatch(exchange, *renamed, command);
}

void Client::route(Exchange& exchange, const Request& request, const Command& command) {
  ClientScratch& house = house_.scratch();
  Plan& scratch = house.plan;
  if (command.inKeyspace >= InKeyspace::Scan && renaming() != nullptr) return routeOverAll(exchange, request, command);
  plan(request, command, scratch);
  if (scratch.target == Plan::Target::FixedMaster && renaming() != nullptr) aimKeyless(renaming()->keyspace(), scratch);
  if (scratch.target == Plan::Target::Refused) return exchange.begin(request, scratch);
  if (!router_.ready()) return notReached(exchange);
  if (scratch.spreads() && scratch.keyPositions.size() > limits().fanOutKeys) return exchange.fail(Failure::FanOutLimit);
  if (house.monitored) tellMonitors(request, command);
  if (session_.tracking() != nullptr) [[unlikely]] return routeTold(exchange, request, command, session_.tracking()->word());
  exchange.begin(request, scratch);
}

// What is about all keys, of a client that has but those of its keyspace.
void Client::routeOverAll(Exchange& exchange, const Request& request, const Command& command) {
  const Keyspace& keyspace = renaming()->keyspace();
  if (command.inKeyspace == InKeyspace::Clear && !isFlush(request.args)) {
    return exchange.failWith(Failure::Refused, "ERR syntax error");
  }
  if (command.inKeyspace != InKeyspace::Scan) {
    if (!router_.ready()) return notReached(exchange);
    if (house_.scratch().monitored) tellMonitors(request, command);
    return exchange.begin(std::make_unique<KeyspaceSweep>(keyspace, command, request));
  }
  auto scan = parseScan(request.args);
  if (!scan) return exchange.failWith(Failure::Refused, scan.error());
  if (!router_.ready()) return notReached(exchange);
  if (house_.scratch().monitored) tellMonitors(request, command);
  exchange.begin(std::make_unique<KeyspaceScan>(scanWithin(keyspace, *scan)));
}

void Client::beginTracked(const Command* command) {
  const bool queued = session_.transaction() != nullptr && session_.transaction()->open != nullptr;
  session_.tracking()->begin(command, queued ? Tracking::Queued::ForExec : Tracking::Queued::No);
}

// With the word that tells the nodes whether to remember what it reads, if there is one.
void Client::routeTold(Exchange& exchange, const Request& request, const Command& command, Slice word) {
  session_.tracking()->route(exchange);
  Plan& plan = house_.scratch().plan;
  const bool reads = command.has(CommandFlag::ReadOnly) || command.has(CommandFlag::MayRunScript);
  const bool told = !word.empty() && reads;
  if (told && plan.target == Plan::Target::Slot) {
    Bytes wire(word);
    wire.append(request.wire);
    if (command.script != ScriptRole::None) exchange.noteScript(request);
    return exchange.beginWhole(std::move(wire), plan.slot, 1);
  }
  if (told && plan.target == Plan::Target::Split) {
    return exchange.begin(std::make_unique<SplitParts>(request, command, plan, word));
  }
  const bool unheard = plan.target == Plan::Target::Private || command.across != Across::No;
  if (told && unheard) session_.tracking()->miss(exchange);
  exchange.begin(request, plan);
}

std::string Client::whyNotReached() const {
  std::string text(textOf(Failure::TopologyUnknown));
  if (!router_.news().trouble.empty()) text += ": " + router_.news().trouble;
  return text;
}

void Client::notReached(Exchange& exchange) { exchange.failWith(Failure::TopologyUnknown, whyNotReached()); }

// --- the end ---

// A peer that only stopped sending (a pipe's end) still reads: what it asked for is answered. One that is gone shows
// when we write. But nothing is popped for one that has left while it was blocked, as on Redis.
void Client::onEnd() { blocked() ? close() : finish(); }

void Client::onBroken(Slice) { close(); }

void Client::onConnected(Slice) {}

bool Client::blocked() const { return desk_ != nullptr && queue().blocks(); }

void Client::finish() {
  if (phase_ != Phase::Open) return;
  if (blocked() && queue().head()->blocks()) return close();
  phase_ = Phase::Finishing;
  session_.activeMs = router_.loop().nowMs();
  stream_.stopReading();
  if (!dueHook.linked()) house_.clientDirty(*this);
}

void Client::close() {
  if (phase_ == Phase::Gone) return;
  phase_ = Phase::Gone;
  stream_.stopReading();
  house_.clientGone(*this);
}

void Client::closeForMemory() {
  router_.cells().fail(Failure::MemoryLimit);
  stream_.forget();
  if (desk_ != nullptr) desk_->out.clear();
  if (desk_ != nullptr) desk_->takesBack = true;
  close();
}

void Client::checkTime(uint64_t nowUs, uint64_t nowMs) {
  readOn();
  const Settings::Timeouts& timeouts = router_.settings().timeouts;
  if (session_.subscriptions() != nullptr) session_.subscriptions()->checkTime(nowUs, nowMs);
  if (desk_ != nullptr) queue().expire(nowUs, timeouts.requestDeadlineMs * 1000);
  if (atRest() && nowMs > session_.activeMs + kSpareDeskMs) standUp();
  const bool nothingAsked = desk_ == nullptr || queue().empty();
  const bool subscribed = session_.subscriptions() != nullptr && session_.subscriptions()->any();
  if (desk_ != nullptr) checkBehind(subscribed, nowMs);
  const bool silent = timeouts.clientIdleMs != 0 && nowMs > session_.activeMs + timeouts.clientIdleMs;
  if (silent && nothingAsked && !subscribed && !isMonitor()) finish();
  // Nobody waits longer for the last answers to be read than for an answer to come.
  const bool unreadEnd = phase_ == Phase::Finishing && nothingAsked && nowMs > session_.activeMs + timeouts.requestDeadlineMs;
  if (unreadEnd) close();
}

}  // namespace slotway
