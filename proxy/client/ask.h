// One request that the proxy answers itself: who asks, what, and where the answer is put. What the answers in client/ have
// in common: asking nodes after all, texts and maps in the client's RESP, words and numbers.
// Owner: LocalAnswers, for the time of one request. Thread: the worker's.
#pragma once
#include <span>

#include "client/client.h"
#include "client/house.h"
#include "command/words.h"

namespace slotway {

inline constexpr Slice kSyntaxError = "ERR syntax error";
inline constexpr Slice kNoInteger = "ERR value is not an integer or out of range";

struct Ask {
  Client& client;
  Exchange& exchange;
  const Request& request;
  std::span<const Slice> args;
  Bytes& out;            ///< the answer; empty when it comes later
  bool later = false;

  ClientHouse& house() const { return client.house_; }
  Router& router() const { return client.router_; }
  Session& session() const { return client.session_; }
  resp::Version version() const { return client.session_.version; }
  const ListenerSettings& listener() const { return client.listener(); }
  const Settings& settings() const { return client.router_.settings(); }
  int fd() const { return client.stream_.fd(); }
  /// What a client of a listener with `facade: cluster` sees.
  bool facesCluster() const { return listener().facade == Facade::Cluster; }

  void ok() const;
  void error(Slice text) const;
  /// A text for people, which RESP3 marks as such.
  void text(Slice text) const;
  /// The header of a map.
  void map(size_t pairs) const;

  /// The request goes to a node as it is, and its reply is the answer: to any master, or to the owner of `slot`.
  void forward();
  void forwardTo(HashSlot slot);
  /// The same to every node; the replies are merged.
  void forwardToAllNodes(Merge merge);
  /// All workers are asked; the answer follows.
  void askAll(ClientQuestion question);
  /// False: the topology is not known yet, and the client has been told so.
  bool ready();
};

/// As Redis reads integers of commands; false: it is none.
bool readInteger(Slice text, int64_t& number);

}  // namespace slotway
