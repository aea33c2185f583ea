#include "exchange/wait_call.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "exchange/exchange.h"
#include "resp/header_line.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr Slice kPing = "*1\r\n$4\r\nPING\r\n";
// No functions, added to those that there are: replicas are sent it, and it changes nothing.
constexpr Slice kNothingAdded(
    "*4\r\n$8\r\nFUNCTION\r\n$7\r\nRESTORE\r\n$10\r\n\x0a\x00\x5d\x9b\x5c\x40\x0f\x7f\xa2\xda\r\n$6\r\nAPPEND\r\n", 60);

// A master has become a replica, or has begun anew.
bool saysMasterNoMore(Slice error) {
  return parseRedirect(error).has_value() || error.find("replica instances") != Slice::npos;
}

bool isWellFormed(std::span<const Slice> args) {
  int64_t number = 0;
  const bool numbers = std::ranges::all_of(args.subspan(1), [&](Slice arg) { return strictNumber(arg, number); });
  return numbers && number >= 0;
}

}  // namespace

// Before 7.2 any command moves the offset; since then only what replicas are sent does. Of a version that is unknown the
// later is assumed: earlier ones that lack functions refuse it, and nothing is claimed.
Slice offsetMover(Slice serverVersion) {
  unsigned major = 0;
  unsigned minor = 0;
  const char* const end = serverVersion.data() + serverVersion.size();
  const auto [dot, status] = std::from_chars(serverVersion.data(), end, major);
  if (status != std::errc{}) return kNothingAdded;
  if (dot != end) std::from_chars(dot + 1, end, minor);
  return major < 7 || (major == 7 && minor < 2) ? kPing : kNothingAdded;
}

WaitCall::WaitCall(const Request& request, const Command& command, size_t numbers)
    : request_(request),
      timeout_(findBlockTimeout(command, request.args)),
      wellFormed_(isWellFormed(request.args)),
      least_(numbers, INT64_MAX) {}

void WaitCall::next(Exchange& exchange) {
  exchange_ = &exchange;
  if (wellFormed_ && exchange.written().anyLost()) return;
  Router& router = exchange.router();
  mover_ = offsetMover(router.news().serverVersion);
  if (timeout_ && timeout_->us != BlockTimeout::kForever) untilUs_ = router.nowUs() + timeout_->us;
  for (const NodeIndex master : router.masters()) {
    if ((router.markOf(master) & exchange.written().marks()) != 0) ask(master);
  }
  if (exchange.legCount() > 0) return;
  mover_ = {};  // there is nothing of it to acknowledge
  for (const NodeIndex master : router.masters()) {
    if (router.ownsSlots(master)) ask(master);
  }
}

void WaitCall::ask(NodeIndex master) {
  RoutedLeg& leg = exchange_->addLeg(kNoSlot, RoutedLeg::Aim::ThisMaster);
  leg.detour().nodeId = exchange_->router().map().node(master).id;
  leg.preludes = mover_.empty() ? 0 : 1;
  leg.patientUntilUs = untilUs_;
  write(leg, request_.request().args.back());
}

void WaitCall::write(RoutedLeg& leg, Slice timeout) const {
  const auto args = request_.request().args;
  std::vector<Slice> words(args.begin(), args.end());
  words.back() = timeout;
  leg.wire.truncate(0);
  leg.wire.append(mover_);
  resp::request(leg.wire, words);
}

void WaitCall::again(RoutedLeg& leg, uint64_t nowUs) {
  if (untilUs_ == BlockTimeout::kForever) return;
  write(leg, timeout_->text(untilUs_ - std::min(nowUs, untilUs_)));
}

// Nobody answered; or the offset was not moved, so that the answer is about something else; or it is a master no more.
bool WaitCall::isZero(const RoutedLeg& leg) const {
  const Slice reply = leg.reply.slice();
  return leg.failed || (reply.starts_with('-') ? saysMasterNoMore(reply) : leg.unheard);
}

bool WaitCall::suffices(const RoutedLeg& leg) { return leg.reply.slice().starts_with('-') || (wellFormed_ && isZero(leg)); }

Course::Then WaitCall::gather(std::span<const Slice>) {
  bool zero = exchange_->legCount() == 0 || exchange_->written().anyLost();
  exchange_->eachLeg([&](const RoutedLeg& leg) {
    const Slice reply = leg.reply.slice();
    if (reply.empty()) return;  // not waited for any more
    const bool knownZero = wellFormed_ && isZero(leg);
    zero |= knownZero;
    if (knownZero || !error_.empty()) return;
    reply.starts_with('-') ? error_.append(reply) : countIn(reply);
  });
  if (zero) std::ranges::fill(least_, 0);
  if (error_.empty()) exchange_->written().tell();
  return Then::Done;
}

void WaitCall::countIn(Slice reply) {
  resp::ReplyReader reader(reply);
  if (least_.size() > 1) reader.next();
  for (int64_t& least : least_) {
    const resp::ReplyReader::Frame frame = reader.next();
    least = frame.type == ':' ? std::min(least, frame.number) : 0;
  }
}

bool WaitCall::answer(Bytes& out) {
  if (!error_.empty()) {
    out = std::move(error_);
    return false;
  }
  if (least_.size() > 1) resp::arrayHeader(out, least_.size());
  for (const int64_t least : least_) resp::integer(out, least);
  return false;
}

}  // namespace slotway
