// What the proxy answers by itself: the commands of the lane Local.
// Source of texts: Redis 7.0 server.c, networking.c, acl.c.
// Thread: the worker's.
#pragma once
#include "base/path.h"
#include "client/ask.h"

namespace slotway {

class LocalAnswers {
 public:
  /// Answers `request` now, or later when it is a question to all workers. `command` is of the lane Local.
  SLOTWAY_APART static void answer(Client& client, Exchange& exchange, const Request& request, const Command& command);

  /// Inside MULTI: queues `request`, of any lane. False outside, and for what is answered at once inside too.
  SLOTWAY_APART static bool queue(Client& client, Exchange& exchange, const Request& request, const Command& command);
  /// After that: answers one that was queued and is not for a node inside the transaction (see ApartAnswers).
  static void answerApart(Client& client, Exchange& exchange, const Request& request, const Command& command);

  /// Whether there is an answer for every command that the table sends here (a unit test asks).
  static bool knows(Slice commandName);
  /// Its answer is, or may be, the nodes'.
  static bool asksNodes(Slice commandName);

 private:
  struct Row;
  enum class When : uint8_t;
  enum class InMulti : uint8_t;
  static const Row* find(Slice commandName);
  SLOTWAY_RARE static void answerWhenQuiet(Client& client, Exchange& exchange, const Request& request, const Row& row);

  static void ping(Ask& ask);
  static void echo(Ask& ask);
  static void quit(Ask& ask);
  static void time(Ask& ask);
  static void auth(Ask& ask);
  static void select(Ask& ask);
  static void hello(Ask& ask);
  static void reset(Ask& ask);
  static void clientSetName(Ask& ask);
  static void clientGetName(Ask& ask);
  static void aclWhoAmI(Ask& ask);
  static void clientId(Ask& ask);
  static void clientInfo(Ask& ask);
  static void clientList(Ask& ask);
  static void clientKill(Ask& ask);
  static void clientSwitch(Ask& ask);
  static void clientReply(Ask& ask);
  static void clientSetInfo(Ask& ask);
  static void command(Ask& ask);

  static bool logIn(Ask& ask, Slice user, Slice password);
  static bool setName(Ask& ask, Slice name);
  static bool takeHelloOptions(Ask& ask);
  static void greet(Ask& ask);
};

}  // namespace slotway
