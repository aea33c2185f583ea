#include "client/subscription_answers.h"

#include <algorithm>

#include "base/check.h"
#include "client/subscriptions.h"
#include "resp/writer.h"

namespace slotway {
namespace {

enum class Step : uint8_t { Join, Leave };

struct Row {
  Slice command;
  TopicKind kind;
  Step step;
};

constexpr Row kRows[] = {
    {"subscribe", TopicKind::Channel, Step::Join},  {"unsubscribe", TopicKind::Channel, Step::Leave},
    {"psubscribe", TopicKind::Pattern, Step::Join}, {"punsubscribe", TopicKind::Pattern, Step::Leave},
    {"ssubscribe", TopicKind::Shard, Step::Join},   {"sunsubscribe", TopicKind::Shard, Step::Leave},
};

const Row* find(Slice command) {
  const auto* row = std::ranges::find(kRows, command, &Row::command);
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace

bool SubscriptionAnswers::knows(Slice commandName) { return find(commandName) != nullptr; }

void SubscriptionAnswers::answer(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  const Row* const row = find(command.name);
  CHECK_THAT(row != nullptr);
  exchange.silent = false;  // these are no replies: CLIENT REPLY does not hold them back
  Subscriptions& subscriptions = client.subscriptions();
  const auto names = request.args.subspan(1);
  row->step == Step::Join ? subscriptions.join(row->kind, names, exchange) : subscriptions.leave(row->kind, names, exchange);
}

void SubscriptionAnswers::answerInto(Client& client, const Request& request, const Command& command, Bytes& out) {
  const Row* const row = find(command.name);
  Subscriptions& subscriptions = client.subscriptions();
  const auto names = request.args.subspan(1);
  const Exchange& head = *client.queue().head();
  row->step == Step::Join ? subscriptions.joinAtOnce(row->kind, names, head, out)
                          : subscriptions.leaveAtOnce(row->kind, names, head, out);
}

bool SubscriptionAnswers::bars(Client& client, Exchange& exchange, const Command& command) {
  if (!client.onlySubscribing()) return false;
  const Slice name = command.name;
  if (knows(name) || name == "ping" || name == "quit" || name == "reset") return false;
  exchange.failWith(Failure::Refused, "ERR Can't execute '" + command.name +
                                          "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                                          "this context");
  return true;
}

void SubscriptionAnswers::pong(Slice text, Bytes& out) {
  resp::arrayHeader(out, 2);
  resp::bulk(out, "pong");
  resp::bulk(out, text);
}

}  // namespace slotway
