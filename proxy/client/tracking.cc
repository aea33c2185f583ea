#include "client/tracking.h"

#include <algorithm>

#include "client/client.h"
#include "keyspace/renamed_reply.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr Slice kInvalidate = "invalidate";
constexpr Slice kChannel = "__redis__:invalidate";
constexpr Slice kAboutConnection = "client|";

}  // namespace

void writeInvalidation(Slice keys, resp::Version version, Bytes& out) {
  if (version == resp::Version::Resp3) {
    resp::pushHeader(out, 2, version);
    resp::bulk(out, kInvalidate);
  } else {
    resp::arrayHeader(out, 3);
    resp::bulk(out, "message");
    resp::bulk(out, kChannel);
  }
  keys.empty() ? resp::null(out, version) : out.append(keys);
}

Tracking::~Tracking() { letGo(); }

void Tracking::turnOn(TrackingOptions options) {
  std::vector<std::string> prefixes = std::move(options_.prefixes);
  prefixes.insert(prefixes.end(), options.prefixes.begin(), options.prefixes.end());
  std::ranges::sort(prefixes);
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  const std::string before = request(0);
  options_ = std::move(options);
  options_.prefixes = std::move(prefixes);
  broken_ = false;
  weight_.set(request(0).size() * (1 + client_.router_.masters().size()));
  if (links_ == nullptr || request(0) != before) listen();
}

void Tracking::follow() { listen(); }

// In RESP2 there is no way to tell the client itself.
void Tracking::listen() {
  const bool hadSome = links_ != nullptr;
  letGo();
  const bool speaksResp3 = client_.version() == resp::Version::Resp3;
  if (!speaksResp3 && options_.redirect != 0) ears_ = std::make_unique<Ears>(client_.router_, *this);
  if (speaksResp3 || ears_ != nullptr) {
    const auto more = [this](const std::string& nodeId) { return greeting(nodeId); };
    const auto open = options_.bcast ? LinkPool::Open::ToMasters : LinkPool::Open::WhenNeeded;
    links_ = client_.router_.linksFor(*this, client_.version(), more, open);
  }
  if (hadSome) poolForgot();
}

void Tracking::letGo() {
  if (links_ != nullptr) client_.router_.release(std::move(links_));
  ears_.reset();
}

GreetingSteps Tracking::greeting(const std::string& nodeId) const {
  if (ears_ == nullptr) return {{request(0), GreetingStep::Expect::Ok, ""}};
  const uint64_t ear = ears_->numberAt(nodeId);
  if (ear == 0) return {};
  return {{request(ear), GreetingStep::Expect::Ok, ""}};
}

// What has been read already and what is being read may not have been remembered.
void Tracking::earsChanged() {
  const bool first = ears_ != nullptr && !ears_->known();
  if (ears_ == nullptr || !ears_->look()) return;
  links_->renew();
  if (first) return;
  forget();
  const Desk* const desk = client_.desk_.get();
  if (desk != nullptr && !desk->queue->empty()) poolMissed(desk->queue->last()->sequence());
}

// `ear`: the number that it redirects to; 0: the connection itself is told.
std::string Tracking::request(uint64_t ear) const {
  std::vector<Slice> words = {"CLIENT", "TRACKING", "ON"};
  const std::string number = std::to_string(ear);
  if (ear != 0) words.insert(words.end(), {"REDIRECT", number});
  if (options_.bcast) words.push_back("BCAST");
  const Renaming* const renaming = client_.renaming();
  std::vector<std::string> prefixes = options_.prefixes;
  for (std::string& prefix : prefixes) {
    if (renaming != nullptr) prefix = renaming->keyspace().nameOf(prefix);
    words.insert(words.end(), {"PREFIX", prefix});
  }
  if (options_.optIn) words.push_back("OPTIN");
  if (options_.optOut) words.push_back("OPTOUT");
  if (options_.noLoop) words.push_back("NOLOOP");
  Bytes wire;
  resp::request(wire, words);
  return std::string(wire.slice());
}

// The word stays for what comes behind a command about the connection; in MULTI for EXEC.
void Tracking::begin(const Command* command, Queued queued) {
  const Slice name = command == nullptr ? Slice() : Slice(command->name);
  const bool stays = name.starts_with(kAboutConnection) || name == "multi" || (queued == Queued::ForExec && name != "exec");
  word_ = stays ? Slice() : std::exchange(next_, {});
}

void Tracking::route(const Exchange& exchange) {
  if (ears_ == nullptr || ears_->complete()) return;
  earsChanged();
  if (!ears_->complete()) poolMissed(exchange.sequence());
}

void Tracking::miss(const Exchange& exchange) {
  if (!word_.empty()) poolMissed(exchange.sequence());
}

void Tracking::tell(ClientFacts& facts) const {
  facts.flags += 't';
  if (broken_) facts.flags += 'R';
  if (options_.bcast) facts.flags += 'B';
  facts.redirect = static_cast<int64_t>(options_.redirect);
}

void Tracking::poolPushed(Slice frame) {
  resp::ReplyReader reader(frame);
  if (reader.next().number != 2 || reader.next().text != kInvalidate) return;
  const bool anyKey = !reader.rest().starts_with('*');
  Bytes keys;
  const Renaming* const renaming = client_.renaming();
  if (renaming != nullptr && !anyKey) renameKeys(renaming->keyspace(), reader.rest(), keys);
  deliver(anyKey ? Slice() : keys.empty() ? reader.rest() : keys.slice(), 0);
}

void Tracking::poolForgot() { deliver({}, 0); }

void Tracking::poolMissed(uint64_t sequence) { deliver({}, sequence); }

void Tracking::deliver(Slice keys, uint64_t behind) {
  if (behind != 0 && options_.redirect != 0) return client_.pushBehind(behind, {});
  if (options_.redirect != 0) {
    return client_.house_.tell(options_.redirectWorker, {options_.redirect, client_.id(), 0, std::string(keys)});
  }
  if (client_.version() != resp::Version::Resp3) return;
  Bytes frame;
  writeInvalidation(keys, client_.version(), frame);
  behind == 0 ? client_.push(frame.slice()) : client_.pushBehind(behind, frame.slice());
}

void Tracking::redirectBroken() {
  broken_ = true;
  if (client_.version() != resp::Version::Resp3) return;
  Bytes frame;
  resp::pushHeader(frame, 2, client_.version());
  resp::bulk(frame, "tracking-redir-broken");
  resp::integer(frame, static_cast<int64_t>(options_.redirect));
  client_.push(frame.slice());
}

}  // namespace slotway
