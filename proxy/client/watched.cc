// What others see of a client, and what they do to it: its slow requests, what monitors are shown, pauses.
#include <sys/time.h>

#include "client/client.h"
#include "client/local_answers.h"
#include "client/monitor_line.h"
#include "client/secrets.h"
#include "client/slow_log.h"
#include "client/subscription_answers.h"
#include "client/subscriptions.h"
#include "uv/address.h"

namespace slotway {
namespace {

uint64_t wallClockUs() {
  timeval now{};
  gettimeofday(&now, nullptr);
  return static_cast<uint64_t>(now.tv_sec) * 1000000 + static_cast<uint64_t>(now.tv_usec);
}

// It may change data; who it is unknown of is refused at once anyway.
bool mayWrite(const Command* command) {
  if (command == nullptr) return false;
  return command->has(CommandFlag::Write) || command->has(CommandFlag::MayReplicate) ||
         (command->has(CommandFlag::MayRunScript) && !command->has(CommandFlag::ReadOnly));
}

}  // namespace

// What is meant to take long is not slow.
void Client::exchangeSlow(Exchange& exchange, uint64_t tookUs, uint64_t upstreamUs) {
  if (phase_ == Phase::Gone || exchange.blocks() || exchange.command()->has(CommandFlag::Blocking)) return;
  if (SubscriptionAnswers::knows(exchange.command()->name)) return;  // it waits for the nodes and the other workers
  SlowEntry entry;
  entry.args = exchange.legCount() > 0 ? SlowEntry::argsOf(exchange) : wordsAnsweredHere(*exchange.command());
  if (entry.args.empty()) return;
  entry.atUs = wallClockUs();
  entry.tookUs = tookUs;
  entry.upstreamUs = upstreamUs;
  entry.client = Address::ofPeer(stream_.fd()).text();
  entry.clientName = session_.names().own;
  exchange.eachLeg([&](const RoutedLeg& leg) {
    const NodeIndex node = router_.ready() ? router_.meantFor(leg, session_.id) : kNoNode;
    const std::string text = node == kNoNode ? "" : router_.map().node(node).endpoint.text();
    const bool known = std::find(entry.nodes.begin(), entry.nodes.end(), text) != entry.nodes.end();
    if (!text.empty() && !known) entry.nodes.push_back(text);
  });
  house_.slowLog().add(std::move(entry));
}

// Of what others had a part in answering the name is left; what was queued or refused has not run.
std::vector<std::string> Client::wordsAnsweredHere(const Command& command) const {
  const std::span<const Slice> args = house_.scratch().answering;
  if (!args.empty()) return SlowEntry::argsOf(withoutSecrets(command, args));
  const bool queued = session_.transaction() != nullptr && session_.transaction()->open != nullptr;
  if (command.lane != Lane::Local || queued) return {};
  const size_t bar = command.name.find('|');
  if (bar == std::string::npos) return {command.name};
  return {command.name.substr(0, bar), command.name.substr(bar + 1)};
}

void Client::tellMonitors(const Request& request, const Command& command) {
  if (command.has(CommandFlag::Admin)) return;
  const Address peer = Address::ofPeer(stream_.fd());
  const std::string from = peer.isUnix() ? Address::ofSelf(stream_.fd()).text() : peer.text();
  house_.monitored(monitorLine(wallClockUs(), from, withoutSecrets(command, request.args)));
}

void Client::show(Slice line) {
  if (phase_ != Phase::Open || !isMonitor()) return;
  markDirty();
  if (!mustHoldLines()) {
    sitDown();
    return append(line);
  }
  Bytes& held = session_.monitoring()->held;
  held.append(line);
  if (held.size() + waiting() <= limits().clientOutputBytes) return;
  cutOff(Failure::OutputLimit);
}

// Neither before the answer to MONITOR nor inside an answer.
bool Client::mustHoldLines() const {
  if (desk_ == nullptr || queue().empty()) return false;
  const Exchange& head = *queue().head();
  return head.state() == Exchange::State::Streaming || head.sequence() <= session_.monitoring()->since;
}

void Client::showHeld() {
  Bytes& held = session_.monitoring()->held;
  if (phase_ == Phase::Gone || held.empty() || mustHoldLines()) return;
  sitDown();
  append(held.slice());
  held.clear();
}

ClientFacts Client::facts() const {
  const uint64_t nowMs = router_.loop().nowMs();
  ClientFacts facts;
  facts.id = session_.id;
  facts.fd = stream_.fd();
  facts.address = Address::ofPeer(facts.fd).text();
  facts.localAddress = Address::ofSelf(facts.fd).text();
  facts.name = session_.names().own;
  facts.libraryName = session_.names().library;
  facts.libraryVersion = session_.names().libraryVersion;
  facts.lastCommand = session_.lastCommand;
  facts.version = session_.version;
  if (isMonitor()) facts.flags += 'O';
  facts.ageSeconds = nowMs / 1000 - session_.sinceSeconds;
  facts.idleSeconds = (nowMs - session_.activeMs) / 1000;
  facts.inputBytes = desk_ == nullptr ? 0 : desk_->in.size();
  facts.outputBytes = unread();
  if (const Subscriptions* const all = session_.subscriptions()) {
    facts.channels = all->count(TopicKind::Channel);
    facts.patterns = all->count(TopicKind::Pattern);
    facts.shardChannels = all->count(TopicKind::Shard);
    facts.outputBytes += all->heldBytes();
    if (all->any() && !isMonitor()) facts.flags += 'P';
  }
  if (session_.transaction() != nullptr && session_.transaction()->open != nullptr) {
    facts.queued = static_cast<int64_t>(session_.transaction()->open->queued().size());
    facts.flags += 'x';
  }
  if (blocked()) facts.flags += 'b';
  if (session_.tracking() != nullptr) session_.tracking()->tell(facts);
  if (facts.flags.empty()) facts.flags = "N";
  return facts;
}

size_t Client::footprint() const {
  if (phase_ == Phase::Gone) return 0;
  size_t bytes = stream_.heldBytes();
  if (const Tracking* const tracking = session_.tracking()) bytes += tracking->footprint();
  if (const Subscriptions* const all = session_.subscriptions()) bytes += all->footprint();
  const TransactionState* const transaction = session_.transaction();
  if (transaction != nullptr && transaction->open != nullptr) bytes += transaction->open->footprint();
  if (desk_ == nullptr) return bytes;
  for (const WaitingPush& push : desk_->pushes) bytes += push.frame.capacity();
  return bytes + sizeof(Desk) + desk_->argsWeight.bytes() + desk_->in.capacity() + desk_->out.capacity() + queue().footprint();
}

void Client::unblock(Slice how, std::function<void(bool)> told) {
  const bool waits = blocked() && queue().head()->blocks();
  waits ? router_.unblock(*queue().head(), how, std::move(told)) : told(false);
}

bool Client::mustWait(const Command* command) const {
  if (house_.scratch().paused == Paused::Writes && mayWrite(command)) return true;
  if (router_.ready() || !session_.authenticated) return false;
  return command == nullptr || command->lane != Lane::Local || LocalAnswers::asksNodes(command->name);
}

// With CLIENT PAUSE WRITE the first command that may write waits, and all behind it, and before the cluster has been reached
// the first one that needs it. It is read again then, so this leaves no trace: an inline command, which the parser resolves
// where it stands, is looked at as a copy.
bool Client::postpones(char* data, size_t size) {
  std::string line;
  if (*data != '*') {
    const Slice bytes{data, size};
    line = bytes.substr(0, bytes.find('\n') + 1);
    data = line.data();
    size = line.size();
  }
  RequestParser parser;
  std::vector<Slice> args;
  const bool whole = parser.parse(data, size, args, {}) == RequestParser::Status::Complete;
  desk_->postponed = whole && mustWait(router_.table().find(args));
  return desk_->postponed;
}

bool Client::pausedNow(const ClientScratch& scratch) const {
  return scratch.paused == Paused::All || desk_->postponed;
}

void Client::wake() {
  if (desk_ != nullptr) desk_->postponed = false;
  markDirty();
}

}  // namespace slotway
