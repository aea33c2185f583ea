#include "client/tracking_answers.h"

#include "client/tracking_switch.h"
#include "exchange/caching.h"
#include "resp/writer.h"

namespace slotway {

void answerTracking(Ask& ask) {
  ask.later = true;
  ask.exchange.begin(std::make_unique<TrackingSwitch>(ask.client, ask.request), Exchange::First::WhenAlone);
}

void answerCaching(Ask& ask) {
  Tracking* const tracking = ask.session().tracking();
  if (tracking == nullptr) {
    return ask.error("ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled");
  }
  const bool yes = sameWord(ask.args[2], "yes");
  if (!yes && !sameWord(ask.args[2], "no")) return ask.error(kSyntaxError);
  if (yes && !tracking->options().optIn) {
    return ask.error("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (!yes && !tracking->options().optOut) {
    return ask.error("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  tracking->say(yes ? kCachingYes : kCachingNo);
  ask.ok();
}

void answerTrackingInfo(Ask& ask) {
  static const TrackingOptions kNone;
  const Tracking* const tracking = ask.session().tracking();
  const TrackingOptions& options = tracking == nullptr ? kNone : tracking->options();
  std::vector<Slice> flags = {tracking == nullptr ? "off" : "on"};
  if (options.bcast) flags.push_back("bcast");
  if (options.optIn) flags.push_back("optin");
  if (options.optIn && tracking->said()) flags.push_back("caching-yes");
  if (options.optOut) flags.push_back("optout");
  if (options.optOut && tracking->said()) flags.push_back("caching-no");
  if (options.noLoop) flags.push_back("noloop");
  if (tracking != nullptr && tracking->redirectIsBroken()) flags.push_back("broken_redirect");
  ask.map(3);
  resp::bulk(ask.out, "flags");
  resp::setHeader(ask.out, flags.size(), ask.version());
  for (const Slice flag : flags) resp::bulk(ask.out, flag);
  resp::bulk(ask.out, "redirect");
  answerGetRedir(ask);
  resp::bulk(ask.out, "prefixes");
  resp::arrayHeader(ask.out, options.prefixes.size());
  for (const std::string& prefix : options.prefixes) resp::bulk(ask.out, prefix);
}

void answerGetRedir(Ask& ask) {
  const Tracking* const tracking = ask.session().tracking();
  resp::integer(ask.out, tracking == nullptr ? -1 : static_cast<int64_t>(tracking->options().redirect));
}

}  // namespace slotway
