#include "client/subscription_answers.h"

#include <algorithm>

#include "base/check.h"
#include "client/subscription_call.h"
#include "client/transaction_answers.h"
#include "pubsub/renamed_channels.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Step = Subscriptions::Step;

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

// Whether it has been answered: no pattern of the nodes would do for one that it names.
bool refusesPatterns(const Renaming* renaming, Exchange& exchange, const Request& request, const Row& row) {
  if (renaming == nullptr) return false;
  for (const Slice name : request.args.subspan(1)) {
    if (topicAtNodes(renaming->keyspace(), row.kind, name)) continue;
    exchange.failWith(Failure::Refused, "ERR with keyspace.hash_tag a pattern of keyspace events has to begin with __keyspace@ "
                                        "or __keyevent@, or to have a star behind the database's __:");
    return true;
  }
  return false;
}

}  // namespace

bool SubscriptionAnswers::knows(Slice commandName) { return find(commandName) != nullptr; }

// What comes behind waits for it: it may publish, or cause an event. But who may only subscribe, and subscribes to more, does
// not wait for one after the other to stand.
void SubscriptionAnswers::answer(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  exchange.silent = false;  // these are no replies: CLIENT REPLY does not hold them back
  const Row* const row = find(command.name);
  CHECK_THAT(row != nullptr);
  if (refusesPatterns(client.renaming(), exchange, request, *row)) return;
  if (row->step == Step::Leave || !client.onlySubscribing()) return answerAlone(client, exchange, request, command);
  Bytes out;
  const auto names = request.args.subspan(1);
  client.subscriptions().change(row->step, row->kind, names, exchange, exchange.sequence(), out);
  if (!out.empty()) exchange.answer(out.slice());
}

void SubscriptionAnswers::answerAlone(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  const Row* const row = find(command.name);
  exchange.begin(std::make_unique<SubscriptionCall>(client, request, row->kind, row->step), Exchange::First::WhenAlone);
}

void SubscriptionAnswers::answerInMulti(Client& client, Exchange& exchange, const Request& request, const Command& command) {
  const Row* const row = find(command.name);
  if (refusesPatterns(client.renaming(), exchange, request, *row)) return;
  if (row->kind != TopicKind::Shard || row->step != Step::Join) return answerAlone(client, exchange, request, command);
  exchange.failWith(Failure::Refused, "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
}

bool SubscriptionAnswers::bars(Client& client, Exchange& exchange, const Command& command) {
  if (!client.onlySubscribing()) return false;
  const Slice name = command.name;
  if (knows(name) || name == "ping" || name == "quit" || name == "reset") return false;
  std::string text = "ERR Can't execute '" + command.name +
                     "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
  spoilTransaction(client.session_, &command, text);
  exchange.failWith(Failure::Refused, text);
  return true;
}

void SubscriptionAnswers::pong(Slice text, Bytes& out) {
  resp::arrayHeader(out, 2);
  resp::bulk(out, "pong");
  resp::bulk(out, text);
}

}  // namespace slotway
