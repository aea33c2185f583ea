#include "client/config_answers.h"

#include <algorithm>

#include "client/cluster_answers.h"
#include "client/gathered.h"
#include "client/slow_log.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using resp::ReplyReader;

std::string yesOrNo(bool yes) { return yes ? "yes" : "no"; }

/// A parameter that the proxy decides.
struct Row {
  Slice name;
  std::string (*value)(const Ask&);
  Slice setting;  ///< of the proxy, to be changed instead; empty: it follows from what the proxy is
  ClientQuestion::Kind change = ClientQuestion::Kind::List;  ///< what CONFIG SET tells the workers, where it may change it
  bool mayChange() const { return change != ClientQuestion::Kind::List; }
};

std::string slowThreshold(const Ask& ask) {
  const uint64_t us = ask.router().slowUs();
  return us == UINT64_MAX ? "-1" : std::to_string(us);
}

// It has no replicas.
std::string outputLimits(const Ask& ask) {
  const Settings::Limits& limits = ask.settings().limits;
  const auto three = [](uint64_t hard, uint64_t soft, uint64_t softMs) {
    return std::to_string(hard) + " " + std::to_string(soft) + " " + std::to_string(softMs / 1000);
  };
  return "normal " + three(limits.clientOutputBytes, limits.clientOutputSoftBytes, limits.clientOutputSoftMs) +
         " slave 0 0 0 pubsub " + three(limits.clientPubsubBytes, limits.clientPubsubSoftBytes, limits.clientPubsubSoftMs);
}

constexpr Row kRows[] = {
    {"databases", [](const Ask&) { return std::string("1"); }, ""},
    {"cluster-enabled", [](const Ask& ask) { return yesOrNo(ask.facesCluster()); }, "listeners[].facade"},
    {"port", [](const Ask& ask) { return std::to_string(ownEndpoint(ask).port); }, "listeners[].bind"},
    {"bind", [](const Ask& ask) { return ownEndpoint(ask).host; }, "listeners[].bind"},
    {"maxclients", [](const Ask& ask) { return std::to_string(ask.settings().limits.clients); }, "limits.clients"},
    {"timeout", [](const Ask& ask) { return std::to_string(ask.settings().timeouts.clientIdleMs / 1000); },
     "timeouts.client_idle"},
    // At the nodes it is about our links, over which all clients hear.
    {"client-output-buffer-limit", outputLimits, "limits.client_output_* and limits.client_pubsub_*"},
    {"requirepass", [](const Ask& ask) { return ask.settings().clientPassword; }, "auth.password"},
    {"masterauth", [](const Ask&) { return std::string(); }, "upstreams.<name>.password"},
    {"slowlog-log-slower-than", slowThreshold, "slow_log.threshold", ClientQuestion::Kind::SetSlowThreshold},
    {"slowlog-max-len", [](const Ask& ask) { return std::to_string(ask.house().slowLog().mostEntries()); },
     "slow_log.entries", ClientQuestion::Kind::SetSlowEntries},
    {"masteruser", [](const Ask&) { return std::string(); }, "upstreams.<name>.username"},
};

const Row* rowNamed(Slice name) {
  const auto* found = std::ranges::find_if(kRows, [name](const Row& row) { return sameWord(row.name, name); });
  return found == std::end(kRows) ? nullptr : found;
}

std::vector<std::string> ownValues(const Ask& ask) {
  std::vector<std::string> values;
  for (const Row& row : kRows) values.push_back(row.value(ask));
  return values;
}

// The node's map, in its own shape, with the proxy's values in their places.
bool putRight(const std::vector<std::string>& own, Slice reply, Bytes& out) {
  ReplyReader reader(reply);
  const auto map = reader.next();
  if (map.type != '*' && map.type != '%') return false;
  out.append(reply.substr(0, reply.size() - reader.rest().size()));
  const int64_t pairs = map.type == '%' ? map.number : map.number / 2;
  for (int64_t left = pairs; left > 0 && reader.ok(); --left) {
    const Slice name = reader.next().text;
    const Slice value = reader.skip();
    const Row* row = rowNamed(name);
    resp::bulk(out, name);
    row == nullptr ? out.append(value) : resp::bulk(out, own[static_cast<size_t>(row - kRows)]);
  }
  return reader.ok() && reader.atEnd();
}

// What nodes and proxy both have.
std::vector<ClientQuestion> ownChanges(const Ask& ask) {
  std::vector<ClientQuestion> changes;
  for (size_t at = 2; at + 1 < ask.args.size(); at += 2) {
    const Row* row = rowNamed(ask.args[at]);
    int64_t number = 0;
    if (row == nullptr || !row->mayChange() || !readInteger(ask.args[at + 1], number)) continue;
    changes.push_back({.kind = row->change, .number = number});
  }
  return changes;
}

}  // namespace

void answerConfigGet(Ask& ask) {
  if (!ask.ready()) return;
  ask.later = true;
  const auto fold = [own = ownValues(ask)](std::span<const Slice> replies, Bytes& out) {
    return putRight(own, replies.front(), out);
  };
  ask.exchange.begin(std::make_unique<Gathered>(*ask.exchange.command(), ask.request.wire,
                                                Gathered::Whom::OneMaster, fold));
}

void answerConfigSet(Ask& ask) {
  for (size_t at = 2; at < ask.args.size(); at += 2) {
    const Row* row = rowNamed(ask.args[at]);
    if (row == nullptr || row->mayChange()) continue;
    const std::string why = row->setting.empty() ? "can't set immutable config"
                                                 : "Slotway decides it by its setting " + std::string(row->setting);
    return ask.error("ERR CONFIG SET failed (possibly related to argument '" + std::string(ask.args[at]) + "') - " + why);
  }
  if (!ask.ready()) return;
  ask.later = true;
  // What the nodes refuse is not changed here either.
  const auto fold = [&house = ask.house(), changes = ownChanges(ask)](std::span<const Slice>, Bytes& out) {
    for (const ClientQuestion& change : changes) house.ask(change);
    resp::simple(out, "OK");
    return true;
  };
  ask.exchange.begin(std::make_unique<Gathered>(*ask.exchange.command(), ask.request.wire,
                                                Gathered::Whom::AllNodes, fold));
}

}  // namespace slotway
