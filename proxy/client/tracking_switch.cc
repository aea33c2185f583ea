#include "client/tracking_switch.h"

#include "client/ask.h"
#include "command/words.h"
#include "resp/writer.h"

namespace slotway {
namespace {

bool overlap(Slice a, Slice b) { return a.starts_with(b) || b.starts_with(a); }

std::string collision(Slice prefix, Slice kind, Slice other) {
  return "ERR Prefix '" + std::string(prefix) + "' overlaps with " + std::string(kind) + " prefix '" + std::string(other) +
         "'. Prefixes for a single client must not overlap.";
}

std::string prefixTrouble(const std::vector<std::string>& existing, const std::vector<std::string>& provided) {
  for (size_t i = 0; i < provided.size(); ++i) {
    for (const std::string& other : existing) {
      if (overlap(provided[i], other)) return collision(provided[i], "an existing", other);
    }
    for (size_t j = i + 1; j < provided.size(); ++j) {
      if (overlap(provided[i], provided[j])) return collision(provided[i], "another provided", provided[j]);
    }
  }
  return "";
}

std::string cannotSwitch(Slice mode) {
  return "ERR You can't switch " + std::string(mode) +
         " before disabling tracking for this client, and then re-enabling it with a different mode.";
}

}  // namespace

std::string TrackingSwitch::readRedirect(Slice number, TrackingOptions& options) const {
  if (options.redirect != 0) return "ERR A client can only redirect to a single other client";
  int64_t id = 0;
  if (!readInteger(number, id)) return std::string(kNoInteger);
  const std::optional<size_t> worker = id > 0 ? client_.house_.workerOf(static_cast<uint64_t>(id)) : std::nullopt;
  if (!worker) return "ERR The client ID you want redirect to does not exist";
  options.redirect = static_cast<uint64_t>(id);
  options.redirectWorker = *worker;
  return "";
}

std::string TrackingSwitch::readOptions(TrackingOptions& options, bool& on) const {
  const auto args = request_.request().args;
  for (size_t at = 3; at < args.size(); ++at) {
    const bool more = at + 1 < args.size();
    if (sameWord(args[at], "redirect") && more) {
      if (std::string trouble = readRedirect(args[++at], options); !trouble.empty()) return trouble;
    } else if (sameWord(args[at], "prefix") && more) {
      options.prefixes.emplace_back(args[++at]);
    } else if (sameWord(args[at], "bcast")) {
      options.bcast = true;
    } else if (sameWord(args[at], "optin")) {
      options.optIn = true;
    } else if (sameWord(args[at], "optout")) {
      options.optOut = true;
    } else if (sameWord(args[at], "noloop")) {
      options.noLoop = true;
    } else {
      return std::string(kSyntaxError);
    }
  }
  on = sameWord(args[2], "on");
  return on || sameWord(args[2], "off") ? "" : std::string(kSyntaxError);
}

std::string TrackingSwitch::whyNot(const TrackingOptions& options) const {
  static const TrackingOptions kNone;
  const Tracking* const tracking = client_.session_.tracking();
  const TrackingOptions& now = tracking == nullptr ? kNone : tracking->options();
  if (!options.bcast && !options.prefixes.empty()) return "ERR PREFIX option requires BCAST mode to be enabled";
  if (tracking != nullptr && now.bcast != options.bcast) return cannotSwitch("BCAST mode on/off");
  if (options.bcast && (options.optIn || options.optOut)) return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  if (options.optIn && options.optOut) return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  if ((options.optIn && now.optOut) || (options.optOut && now.optIn)) return cannotSwitch("OPTIN/OPTOUT mode");
  return options.bcast ? prefixTrouble(now.prefixes, options.prefixes) : "";
}

void TrackingSwitch::next(Exchange& exchange) {
  exchange_ = &exchange;
  if (on_) return awaitMasters(exchange, client_.links());
  TrackingOptions options;
  bool on = false;
  std::string trouble = readOptions(options, on);
  if (trouble.empty() && on) trouble = whyNot(options);
  if (!trouble.empty()) return resp::error(answer_, trouble);
  if (!client_.router_.ready()) return resp::error(answer_, client_.whyNotReached());
  if (on && client_.router_.lacksConnections()) {
    client_.router_.cells().fail(Failure::NodeConnections);
    return resp::error(answer_, textOf(Failure::NodeConnections));
  }
  resp::simple(answer_, "OK");
  on ? turnOn(std::move(options), exchange) : client_.trackNothing();
}

void TrackingSwitch::turnOn(TrackingOptions options, Exchange& exchange) {
  on_ = true;
  if (options.bcast && options.prefixes.empty()) options.prefixes.emplace_back();
  auto& tracking = client_.session_.rare().tracking;
  if (tracking == nullptr) tracking = std::make_unique<Tracking>(client_);
  tracking->turnOn(std::move(options));
  client_.queue().use(client_.links());
  const bool everywhere = tracking->options().bcast && tracking->links() != nullptr;
  linksToo_ = everywhere && tracking->ears() != nullptr;
  if (tracking->ears() != nullptr) return awaitMasters(exchange, *tracking->ears());
  everywhere ? awaitMasters(exchange, *tracking->links()) : exchange.use(client_.links());
}

// All of them have greeted when they answer.
void TrackingSwitch::awaitMasters(Exchange& exchange, LinkPool& links) {
  constexpr Slice kPing = "*1\r\n$4\r\nPING\r\n";
  exchange.use(links);
  for (const NodeIndex master : client_.router_.masters()) {
    exchange.toNode(client_.router_.map().node(master).id).append(kPing);
  }
}

Course::Then TrackingSwitch::gather(std::span<const Slice> replies) {
  if (on_) client_.session_.tracking()->earsChanged();
  for (const Slice reply : replies) {
    if (!reply.starts_with('-') || answer_.slice().starts_with('-')) continue;
    answer_ = Bytes(reply);
    client_.trackNothing();
  }
  if (on_) exchange_->use(client_.links());
  const bool further = linksToo_ && !answer_.slice().starts_with('-');
  linksToo_ = false;
  return further ? Then::Further : Then::Done;
}

void TrackingSwitch::giveUp(Slice reason) {
  if (!on_) answer_ = Bytes(reason);
}

bool TrackingSwitch::answer(Bytes& out) {
  out.append(answer_.slice());
  return false;
}

}  // namespace slotway
