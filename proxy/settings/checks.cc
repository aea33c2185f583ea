#include "settings/checks.h"

#include <algorithm>

#include "settings/near.h"
#include "settings/rows.h"
#include "settings/value.h"

namespace slotway::settings {
namespace {

std::string listenerPath(size_t index) { return "listeners[" + std::to_string(index) + "]"; }

std::vector<std::string> upstreamNames(const Settings& settings) {
  std::vector<std::string> names;
  for (const UpstreamSettings& upstream : settings.upstreams) names.push_back(upstream.name);
  return names;
}

void addDefaultListener(Draft& draft) {
  if (!draft.settings.listeners.empty() || draft.given("listeners")) return;
  const auto bind = std::ranges::find(listenerRows(), Slice("bind"), &RowFacts::path);
  storeDefaults(listenerRows(), draft.settings.listeners.emplace_back());
  draft.settings.listeners.back().bind = bind->preset.text;
}

void checkUpstreamPresent(Draft& draft, const std::string& file) {
  const bool unread = std::ranges::any_of(draft.errors, [](const SettingsError& error) { return error.key.empty(); });
  if (!draft.settings.upstreams.empty() || draft.refused("upstreams") || unread) return;
  if (file.empty()) {
    draft.refuse({"slotway"}, "upstreams",
                 "no upstream; expected --upstream HOST:PORT, SLOTWAY_UPSTREAM or a settings file (--config FILE)");
    return;
  }
  draft.refuse({file, 1, 1}, "upstreams", "missing; expected at least one, such as {main: {seeds: [redis-0:6379]}}");
}

/// The default listener has no line in the file to be blamed: its absence is.
void refuseUnnamed(Draft& draft, const std::string& path, const std::string& names, const std::string& file) {
  if (draft.given("listeners") || draft.given("listeners[0]"))
    draft.refuse(draft.originOf(path), path, "missing, and there are several; expected one of " + names);
  else
    draft.refuse({file, 1, 1}, "listeners",
                 "missing, and there are several upstreams; expected listeners that name one of " + names);
}

void nameUpstream(Draft& draft, size_t index, const std::string& file) {
  ListenerSettings& listener = draft.settings.listeners[index];
  const std::vector<std::string> names = upstreamNames(draft.settings);
  const std::string path = listenerPath(index) + ".upstream";
  if (names.empty() || draft.refused(path)) return;
  if (listener.upstream.empty() && names.size() == 1) {
    listener.upstream = names.front();
  } else if (listener.upstream.empty()) {
    refuseUnnamed(draft, path, listed(names), file);
  } else if (std::ranges::find(names, listener.upstream) == names.end()) {
    draft.refuse(draft.originOf(path), path,
                 quoted(listener.upstream) + " is not an upstream; expected one of " + listed(names));
  }
}

/// A library that speaks to a cluster connects by host and port.
void checkFacade(Draft& draft, size_t index) {
  const ListenerSettings& listener = draft.settings.listeners[index];
  const std::string path = listenerPath(index);
  const bool needsAnnounce = listener.facade == Facade::Cluster && Slice(listener.bind).starts_with("unix:");
  if (needsAnnounce && listener.announce.empty() && !draft.refused(path))
    draft.refuse(draft.originOf(path + ".facade"), path + ".facade",
                 "\"cluster\" on a Unix socket shows no host and port; expected announce beside it");
}

/// The later of two equal addresses is refused. One host may still be written in two ways; the kernel will tell.
void checkBindsDiffer(Draft& draft) {
  std::vector<std::pair<std::string, std::string>> taken;
  const auto take = [&](const std::string& path, const std::string& bind) {
    const auto same = std::ranges::find(taken, bind, &std::pair<std::string, std::string>::second);
    if (same != taken.end())
      draft.refuse(draft.originOf(path), path, quoted(bind) + " is taken by " + same->first + "; expected another address");
    else if (!bind.empty())
      taken.emplace_back(path, bind);
  };
  const bool adminFirst = !draft.given("admin.bind");  // a default has no line to be blamed
  if (draft.settings.adminBind != "off" && adminFirst) take("admin.bind", draft.settings.adminBind);
  for (size_t i = 0; i < draft.settings.listeners.size(); ++i)
    take(listenerPath(i) + ".bind", draft.settings.listeners[i].bind);
  if (draft.settings.adminBind != "off" && !adminFirst) take("admin.bind", draft.settings.adminBind);
}

enum class Relation : uint8_t { Above, NotBelow };

struct Order {
  const char* greater;
  uint64_t Settings::Timeouts::*greaterMs;
  Relation relation;
  const char* lesser;
  uint64_t Settings::Timeouts::*lesserMs;
};

using Timeouts = Settings::Timeouts;
constexpr Order kOrders[] = {
    {"timeouts.request_deadline", &Timeouts::requestDeadlineMs, Relation::Above, "timeouts.connect", &Timeouts::connectMs},
    {"timeouts.request_deadline", &Timeouts::requestDeadlineMs, Relation::Above, "timeouts.failover_hold",
     &Timeouts::failoverHoldMs},
    {"timeouts.reconnect_max", &Timeouts::reconnectMaxMs, Relation::NotBelow, "timeouts.reconnect_min",
     &Timeouts::reconnectMinMs},
};

bool holds(const Order& order, const Timeouts& timeouts) {
  const uint64_t greater = timeouts.*order.greaterMs;
  const uint64_t lesser = timeouts.*order.lesserMs;
  return order.relation == Relation::Above ? greater > lesser : greater >= lesser;
}

/// The blame goes to the one that was given; a default does not stand in the operator's file.
void checkOrder(Draft& draft, const Order& order) {
  const Timeouts& timeouts = draft.settings.timeouts;
  if (holds(order, timeouts) || draft.refused(order.greater) || draft.refused(order.lesser)) return;
  const std::string greater = std::to_string(timeouts.*order.greaterMs) + "ms";
  const std::string lesser = std::to_string(timeouts.*order.lesserMs) + "ms";
  const bool above = order.relation == Relation::Above;
  const std::string atGreater = std::string(above ? "more than " : "at least ") + order.lesser + " (" + lesser + ")";
  const std::string atLesser = std::string(above ? "less than " : "at most ") + order.greater + " (" + greater + ")";
  if (draft.given(order.greater))
    draft.refuse(draft.originOf(order.greater), order.greater, greater + " is too short; expected " + atGreater);
  else
    draft.refuse(draft.originOf(order.lesser), order.lesser, lesser + " is too long; expected " + atLesser);
}

// A short deadline is given by itself.
void fitFailoverHold(Draft& draft) {
  Timeouts& timeouts = draft.settings.timeouts;
  if (!draft.given("timeouts.failover_hold")) {
    timeouts.failoverHoldMs = std::min(timeouts.failoverHoldMs, timeouts.requestDeadlineMs * 3 / 4);
  }
}

void checkCredentials(Draft& draft, const UpstreamSettings& upstream) {
  const std::string path = "upstreams." + upstream.name;
  if (!upstream.username.empty() && upstream.password.empty() && !draft.refused(path + ".password"))
    draft.refuse(draft.originOf(path + ".username"), path + ".username", "has no password; expected one beside it");
}

}  // namespace

void completeAndCheck(Draft& draft, const std::string& file) {
  addDefaultListener(draft);
  checkUpstreamPresent(draft, file);
  for (size_t i = 0; i < draft.settings.listeners.size(); ++i) {
    nameUpstream(draft, i, file);
    checkFacade(draft, i);
  }
  checkBindsDiffer(draft);
  fitFailoverHold(draft);
  for (const Order& order : kOrders) checkOrder(draft, order);
  for (const UpstreamSettings& upstream : draft.settings.upstreams) checkCredentials(draft, upstream);
}

}  // namespace slotway::settings
