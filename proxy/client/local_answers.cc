#include "client/local_answers.h"

#include <sys/time.h>

#include <algorithm>

#include "base/check.h"
#include "client/cluster_answers.h"
#include "client/config_answers.h"
#include "client/connection_answers.h"
#include "client/quiet_answer.h"
#include "client/server_answers.h"
#include "client/slow_answers.h"
#include "client/transaction_answers.h"
#include "client/subscription_answers.h"
#include "client/tracking_answers.h"
#include "command/facts.h"
#include "resp/writer.h"

namespace slotway {

/// When a command is answered: at once, or when all before it are answered, since it may change how the client is served.
enum class LocalAnswers::When : uint8_t { AtOnce, Quiet };

/// Inside MULTI it is queued, its answer put into EXEC's at its place; or answered at once; or its answer there is an error.
enum class LocalAnswers::InMulti : uint8_t { Queued, AtOnce, Denied };

struct LocalAnswers::Row {
  Slice command;
  void (*answer)(Ask&);
  When when = When::AtOnce;
  InMulti inMulti = InMulti::Queued;
};

namespace {

constexpr Slice kOk = "OK";
// Takes the same time wherever the first difference is.
bool samePassword(Slice given, Slice expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (size_t i = 0; i < given.size() && !expected.empty(); ++i) {
    difference |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(expected[i % expected.size()]);
  }
  return difference == 0;
}

// Names stand in CLIENT LIST, which is read by words and lines.
bool printable(Slice name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

const LocalAnswers::Row* LocalAnswers::find(Slice commandName) {
  static constexpr Row kRows[] = {
      {"ping", ping},
      {"echo", echo},
      {"quit", quit, When::AtOnce, InMulti::AtOnce},
      {"multi", answerMulti, When::AtOnce, InMulti::AtOnce},
      {"exec", answerExec, When::AtOnce, InMulti::AtOnce},
      {"discard", answerDiscard, When::AtOnce, InMulti::AtOnce},
      {"watch", answerWatch, When::AtOnce, InMulti::AtOnce},
      {"unwatch", answerUnwatch},
      {"time", time},
      {"auth", auth},
      {"select", select},
      {"hello", hello, When::Quiet},
      {"reset", reset, When::Quiet, InMulti::AtOnce},
      {"client|setname", clientSetName},
      {"client|getname", clientGetName},
      {"acl|whoami", aclWhoAmI},
      {"client|id", clientId},
      {"client|info", clientInfo},
      {"client|list", clientList},
      {"client|kill", clientKill},
      {"client|no-evict", clientSwitch},
      {"client|no-touch", clientSwitch},
      {"client|reply", clientReply},
      {"client|setinfo", clientSetInfo},
      {"client|tracking", answerTracking},
      {"client|caching", answerCaching},
      {"client|trackinginfo", answerTrackingInfo},
      {"client|getredir", answerGetRedir},
      {"client|pause", answerClientPause},
      {"client|unpause", answerClientUnpause},
      {"client|unblock", answerClientUnblock},
      {"monitor", answerMonitor, When::AtOnce, InMulti::Denied},
      {"slowlog|get", answerSlowGet},
      {"slowlog|len", answerSlowLength},
      {"slowlog|reset", answerSlowReset},
      {"latency|latest", answerLatencyLatest},
      {"latency|history", answerLatencyHistory},
      {"latency|reset", answerLatencyReset},
      {"info", answerInfo},
      {"role", answerRole},
      {"config|get", answerConfigGet},
      {"config|set", answerConfigSet},
      {"readonly", answerClusterSwitch},
      {"readwrite", answerClusterSwitch},
      {"asking", answerClusterSwitch},
  };
  if (commandName == "command" || commandName.starts_with("command|")) {
    static constexpr Row kCommand{"command", command};
    return &kCommand;
  }
  if (commandName.starts_with("cluster|")) {
    static constexpr Row kCluster{"cluster", answerCluster};
    return &kCluster;
  }
  const auto row = std::find_if(std::begin(kRows), std::end(kRows), [&](const Row& r) { return r.command == commandName; });
  return row == std::end(kRows) ? nullptr : row;
}

bool LocalAnswers::asksNodes(Slice commandName) {
  static constexpr Slice kNames[] = {"hello",      "exec",       "watch", "info", "role",
                                     "config|get", "config|set", "client|tracking"};
  return commandName.starts_with("cluster|") || std::ranges::find(kNames, commandName) != std::end(kNames);
}

bool LocalAnswers::knows(Slice commandName) {
  return SubscriptionAnswers::knows(commandName) || find(commandName) != nullptr;
}

void LocalAnswers::answer(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  if (SubscriptionAnswers::knows(command.name)) {
    if (client.house_.scratch().monitored) client.tellMonitors(request, command);
    return SubscriptionAnswers::answer(client, exchange, request, command);
  }
  const Row* row = find(command.name);
  CHECK_THAT(row != nullptr);
  ClientScratch& house = client.house_.scratch();
  if (house.monitored) client.tellMonitors(request, command);
  if (row->when == When::Quiet && !client.quiet()) return answerWhenQuiet(client, exchange, request, *row);
  Bytes& out = house.answer;
  out.truncate(0);
  Ask ask{client, exchange, request, request.args, out};
  house.answering = request.args;
  row->answer(ask);
  if (!ask.later) exchange.answer(out.slice());
  house.answering = {};
}

bool LocalAnswers::queue(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  if (client.session_.transaction()->open == nullptr) return false;
  const Row* const row = command.lane == Lane::Local ? find(command.name) : nullptr;
  if (row != nullptr && row->inMulti == InMulti::AtOnce) return false;
  Bytes& out = client.house_.scratch().answer;
  out.truncate(0);
  Ask ask{client, exchange, request, request.args, out};
  if (client.house_.scratch().monitored) client.tellMonitors(request, command);
  queueForExec(ask, command);
  if (ask.later) return true;
  exchange.renames = false;  // it is not the command's answer yet
  exchange.answer(out.slice());
  return true;
}

void LocalAnswers::answerApart(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  if (command.lane != Lane::Local) return client.route(exchange, request, command);
  if (SubscriptionAnswers::knows(command.name)) return SubscriptionAnswers::answerInMulti(client, exchange, request, command);
  Bytes& out = client.house_.scratch().answer;
  out.truncate(0);
  Ask ask{client, exchange, request, request.args, out};
  const Row* const row = find(command.name);
  CHECK_THAT(row != nullptr);
  if (row->inMulti == InMulti::Denied) {
    ask.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
  } else {
    row->answer(ask);
  }
  if (!ask.later) exchange.answer(out.slice());
}

void LocalAnswers::answerWhenQuiet(Client& client, Exchange& exchange, const Request& request, const Row& row) {
  const auto answer = [&client, &exchange, &row](const Request& kept, Bytes& out) {
    Ask ask{client, exchange, kept, kept.args, out};
    row.answer(ask);
  };
  exchange.begin(std::make_unique<QuietAnswer>(request, answer), Exchange::First::WhenAlone);
}

void LocalAnswers::ping(Ask& ask) {
  if (ask.args.size() > 2) return resp::error(ask.out, "ERR wrong number of arguments for 'ping' command");
  const Slice text = ask.args.size() == 2 ? ask.args[1] : Slice();
  if (ask.client.onlySubscribing()) return SubscriptionAnswers::pong(text, ask.out);
  if (ask.args.size() == 2) return resp::bulk(ask.out, ask.args[1]);
  resp::simple(ask.out, "PONG");
}

void LocalAnswers::echo(Ask& ask) { resp::bulk(ask.out, ask.args[1]); }

void LocalAnswers::quit(Ask& ask) {
  ask.exchange.last = true;
  resp::simple(ask.out, kOk);
  ask.client.finish();
}

void LocalAnswers::time(Ask& ask) {
  timeval now{};
  gettimeofday(&now, nullptr);
  resp::arrayHeader(ask.out, 2);
  resp::bulk(ask.out, std::to_string(now.tv_sec));
  resp::bulk(ask.out, std::to_string(now.tv_usec));
}

bool LocalAnswers::logIn(Ask& ask, Slice user, Slice password) {
  const Settings& settings = ask.client.router_.settings();
  const bool right = user == "default" && (settings.clientPassword.empty() || samePassword(password, settings.clientPassword));
  if (right) {
    ask.client.session_.authenticated = true;
  } else {
    resp::error(ask.out, "WRONGPASS invalid username-password pair or user is disabled.");
  }
  return right;
}

void LocalAnswers::auth(Ask& ask) {
  if (ask.args.size() > 3) return resp::error(ask.out, kSyntaxError);
  const bool withUser = ask.args.size() == 3;
  if (!withUser && ask.client.router_.settings().clientPassword.empty()) {
    return resp::error(ask.out,
                       "ERR AUTH <password> called without any password configured for the default user. Are you sure "
                       "your configuration is correct?");
  }
  if (logIn(ask, withUser ? ask.args[1] : "default", ask.args.back())) resp::simple(ask.out, kOk);
}

void LocalAnswers::select(Ask& ask) {
  int64_t database = 0;
  if (!readInteger(ask.args[1], database)) return resp::error(ask.out, "ERR value is not an integer or out of range");
  if (database < 0) return resp::error(ask.out, "ERR DB index is out of range");
  if (database != 0) {
    return resp::error(ask.out, "ERR SELECT is not allowed in cluster mode: there is database 0 only; use a key prefix");
  }
  resp::simple(ask.out, kOk);
}

bool LocalAnswers::setName(Ask& ask, Slice name) {
  if (!printable(name)) {
    resp::error(ask.out, "ERR Client names cannot contain spaces, newlines or special characters.");
    return false;
  }
  ClientNames& names = ask.client.session_.rare().names;
  names.own = name;
  names.weigh();
  return true;
}

// False when it has answered with an error. What stood before the error has taken effect, as on Redis.
bool LocalAnswers::takeHelloOptions(Ask& ask) {
  for (size_t i = 2; i < ask.args.size();) {
    const size_t left = ask.args.size() - 1 - i;
    if (sameWord(ask.args[i], "auth") && left >= 2) {
      if (!logIn(ask, ask.args[i + 1], ask.args[i + 2])) return false;
      i += 3;
    } else if (sameWord(ask.args[i], "setname") && left >= 1) {
      if (!setName(ask, ask.args[i + 1])) return false;
      i += 2;
    } else {
      resp::error(ask.out, "ERR Syntax error in HELLO option '" + std::string(ask.args[i]) + "'");
      return false;
    }
  }
  if (!ask.client.session_.authenticated) {
    resp::error(ask.out,
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> "
                "option can be used to authenticate the client and select the RESP protocol version at the same time");
  }
  return ask.client.session_.authenticated;
}

void LocalAnswers::hello(Ask& ask) {
  const Router& router = ask.client.router_;
  auto asked = static_cast<int64_t>(ask.version());
  if (ask.args.size() > 1 && !readInteger(ask.args[1], asked)) {
    return resp::error(ask.out, "ERR Protocol version is not an integer or out of range");
  }
  if (asked != 2 && asked != 3) return resp::error(ask.out, "NOPROTO unsupported protocol version");
  if (asked == 3 && !router.speaksResp3()) {
    return resp::error(ask.out, "NOPROTO the nodes behind this proxy do not speak RESP3; Redis 6 and later do");
  }
  if (!takeHelloOptions(ask)) return;
  const auto version = static_cast<resp::Version>(asked);
  if (version != ask.version()) {
    // Which RESP the nodes speak is known when they have been reached.
    if (!router.ready()) return resp::error(ask.out, ask.client.whyNotReached());
    ask.client.speak(version);
  }
  greet(ask);
}

void LocalAnswers::greet(Ask& ask) {
  const std::string& serverVersion = ask.client.router_.news().serverVersion;
  resp::mapHeader(ask.out, 7, ask.version());
  resp::bulk(ask.out, "server");
  resp::bulk(ask.out, "redis");
  resp::bulk(ask.out, "version");
  resp::bulk(ask.out, serverVersion.empty() ? facts::serverVersion() : Slice(serverVersion));
  resp::bulk(ask.out, "proto");
  resp::integer(ask.out, static_cast<int64_t>(ask.version()));
  resp::bulk(ask.out, "id");
  resp::integer(ask.out, static_cast<int64_t>(ask.client.id()));
  resp::bulk(ask.out, "mode");
  resp::bulk(ask.out, ask.facesCluster() ? "cluster" : "standalone");
  resp::bulk(ask.out, "role");
  resp::bulk(ask.out, "master");
  resp::bulk(ask.out, "modules");
  resp::arrayHeader(ask.out, 0);
}

void LocalAnswers::reset(Ask& ask) {
  Session& session = ask.client.session_;
  RareState& state = session.rare();
  if (std::exchange(state.monitoring, nullptr) != nullptr) ask.house().monitorEnds(ask.client);
  state.names.own.clear();
  state.transaction.reset();
  state.subscriptions.reset();
  if (std::exchange(session.replyMode, ReplyMode::On) == ReplyMode::Off) ask.exchange.silent = false;
  session.authenticated = ask.client.router_.settings().clientPassword.empty();
  if (session.tracking() != nullptr) ask.client.trackNothing();
  if (session.version != resp::Version::Resp2) ask.client.speak(resp::Version::Resp2);
  resp::simple(ask.out, "RESET");
}

void LocalAnswers::clientSetName(Ask& ask) {
  if (setName(ask, ask.args[2])) resp::simple(ask.out, kOk);
}

void LocalAnswers::clientGetName(Ask& ask) {
  const std::string& name = ask.client.session_.names().own;
  if (name.empty()) return resp::null(ask.out, ask.version());
  resp::bulk(ask.out, name);
}

void LocalAnswers::aclWhoAmI(Ask& ask) { resp::bulk(ask.out, "default"); }

void LocalAnswers::clientId(Ask& ask) { resp::integer(ask.out, static_cast<int64_t>(ask.client.id())); }

void LocalAnswers::clientInfo(Ask& ask) { resp::verbatim(ask.out, ask.client.facts().line() + "\n", ask.version()); }

void LocalAnswers::clientList(Ask& ask) {
  Result<ClientFilter> filter = parseClientList(ask.args);
  if (!filter) return resp::error(ask.out, filter.error());
  ask.askAll({.kind = ClientQuestion::Kind::List, .filter = std::move(*filter)});
}

void LocalAnswers::clientKill(Ask& ask) {
  Result<ClientFilter> filter = parseClientKill(ask.args);
  if (!filter) return resp::error(ask.out, filter.error());
  ask.askAll({.kind = ClientQuestion::Kind::Kill, .filter = std::move(*filter)});
}

// NO-EVICT, NO-TOUCH: accepted, since nothing here evicts clients or ages keys.
void LocalAnswers::clientSwitch(Ask& ask) {
  const bool known = sameWord(ask.args[2], "on") || sameWord(ask.args[2], "off");
  known ? resp::simple(ask.out, kOk) : resp::error(ask.out, kSyntaxError);
}

void LocalAnswers::clientReply(Ask& ask) {
  Session& session = ask.client.session_;
  const Slice mode = ask.args[2];
  if (sameWord(mode, "on")) {
    session.replyMode = ReplyMode::On;
    ask.exchange.silent = false;
    resp::simple(ask.out, kOk);
  } else if (sameWord(mode, "off")) {
    session.replyMode = ReplyMode::Off;
    ask.exchange.silent = true;
  } else if (sameWord(mode, "skip")) {
    if (session.replyMode != ReplyMode::Off) session.replyMode = ReplyMode::SkipNext;
    ask.exchange.silent = true;
  } else {
    resp::error(ask.out, kSyntaxError);
  }
}

void LocalAnswers::clientSetInfo(Ask& ask) {
  Session& session = ask.client.session_;
  const Slice value = ask.args[3];
  const bool isName = sameWord(ask.args[2], "lib-name");
  if (!isName && !sameWord(ask.args[2], "lib-ver")) {
    return resp::error(ask.out, "ERR Unrecognized option '" + std::string(ask.args[2]) + "'");
  }
  if (!printable(value)) {
    return resp::error(ask.out, std::string("ERR ") + (isName ? "lib-name" : "lib-ver") +
                                    " cannot contain spaces, newlines or special characters.");
  }
  ClientNames& names = session.rare().names;
  (isName ? names.library : names.libraryVersion) = value;
  names.weigh();
  resp::simple(ask.out, kOk);
}

void LocalAnswers::command(Ask& ask) { ask.client.router_.table().answerCommand(ask.args, ask.version(), ask.out); }

}  // namespace slotway
