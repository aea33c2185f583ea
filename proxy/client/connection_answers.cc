#include "client/connection_answers.h"

#include "resp/writer.h"
#include "uv/loop.h"

namespace slotway {

using Kind = ClientQuestion::Kind;

namespace {

void tooMany(Ask& ask) {
  ask.error("ERR unknown subcommand or wrong number of arguments for '" + std::string(ask.args[1]) + "'. Try CLIENT HELP.");
}

}  // namespace

void answerClientPause(Ask& ask) {
  const bool writes = ask.args.size() == 4 && sameWord(ask.args[3], "write");
  if (ask.args.size() > 4) return tooMany(ask);
  if (ask.args.size() == 4 && !writes && !sameWord(ask.args[3], "all")) {
    return ask.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
  }
  int64_t milliseconds = 0;
  constexpr int64_t kLongest = INT64_MAX / 4000;
  const bool readable = readInteger(ask.args[2], milliseconds) && milliseconds <= kLongest;
  if (!readable) return ask.error("ERR timeout is not an integer or out of range");
  if (milliseconds < 0) return ask.error("ERR timeout is negative");
  const auto nowUs = static_cast<int64_t>(Loop::monotonicUs());
  ask.askAll({.kind = writes ? Kind::PauseWrites : Kind::PauseAll, .number = nowUs + milliseconds * 1000});
}

void answerClientUnpause(Ask& ask) { ask.askAll({.kind = Kind::Unpause}); }

void answerClientUnblock(Ask& ask) {
  const bool error = ask.args.size() == 4 && sameWord(ask.args[3], "error");
  if (ask.args.size() > 4) return tooMany(ask);
  if (ask.args.size() == 4 && !error && !sameWord(ask.args[3], "timeout")) {
    return ask.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  int64_t id = 0;
  if (!readInteger(ask.args[2], id)) return ask.error(kNoInteger);
  ask.askAll({.kind = Kind::Unblock, .number = id, .words = {error ? "ERROR" : "TIMEOUT"}});
}

// Who is a monitor already gets no answer, as from Redis.
void answerMonitor(Ask& ask) {
  if (ask.client.isMonitor()) {
    ask.exchange.silent = true;
    return;
  }
  ask.session().rare().monitoring = std::make_unique<Monitoring>(ask.exchange.sequence());
  ask.askAll({.kind = Kind::MonitorBegins});
}

}  // namespace slotway
