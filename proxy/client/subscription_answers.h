// Local answers to subscribe and unsubscribe in their three kinds; what else a subscribed client may do; and the numbers of
// subscribers that nodes give, made those that one Redis with all our clients would give.
// Source of texts and numbers: Redis 7.0 pubsub.c, server.c (processCommand).
// Thread: the worker's.
#pragma once
#include "base/path.h"
#include "client/client.h"

namespace slotway {

class SubscriptionAnswers {
 public:
  static bool knows(Slice commandName);
  /// `command` is one that it knows. Answered now or later.
  SLOTWAY_RARE static void answer(Client& client, Exchange& exchange, const Request& request, const Command& command);

  /// The same for an exchange of a transaction.
  static void answerInMulti(Client& client, Exchange& exchange, const Request& request, const Command& command);

  /// Answers with an error what a client that is subscribed may not do in RESP2. False: it may.
  SLOTWAY_RARE static bool bars(Client& client, Exchange& exchange, const Command& command);
  /// PING in RESP2 while subscribed.
  static void pong(Slice text, Bytes& out);

 private:
  static void answerAlone(Client& client, Exchange& exchange, const Request& request, const Command& command);
};

}  // namespace slotway
