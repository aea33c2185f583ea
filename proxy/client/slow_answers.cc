#include "client/slow_answers.h"

#include <algorithm>

#include "client/slow_log.h"

namespace slotway {

using Kind = ClientQuestion::Kind;

void answerSlowGet(Ask& ask) {
  int64_t count = 10;
  if (ask.args.size() > 3) {
    return ask.error("ERR unknown subcommand or wrong number of arguments for '" + std::string(ask.args[1]) +
                     "'. Try SLOWLOG HELP.");
  }
  if (ask.args.size() == 3 && (!readInteger(ask.args[2], count) || count < -1)) {
    return ask.error("ERR count should be greater than or equal to -1");
  }
  const auto most = static_cast<int64_t>(ask.house().slowLog().mostEntries());
  ask.askAll({.kind = Kind::SlowGet, .number = count < 0 ? most : std::min(count, most)});
}

void answerSlowLength(Ask& ask) {
  ask.askAll({.kind = Kind::SlowLength, .number = static_cast<int64_t>(ask.house().slowLog().mostEntries())});
}

void answerSlowReset(Ask& ask) { ask.askAll({.kind = Kind::SlowReset}); }

void answerLatencyLatest(Ask& ask) { ask.askAll({.kind = Kind::LatencyLatest}); }

void answerLatencyHistory(Ask& ask) { ask.askAll({.kind = Kind::LatencyHistory, .words = {std::string(ask.args[2])}}); }

void answerLatencyReset(Ask& ask) {
  ClientQuestion question{.kind = Kind::LatencyReset};
  for (const Slice event : ask.args.subspan(2)) question.words.emplace_back(event);
  ask.askAll(std::move(question));
}

}  // namespace slotway
