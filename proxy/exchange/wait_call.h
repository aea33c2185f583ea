// The course of a command that waits until replicas have taken over what its client has written: alone, each master that
// the client has written to is asked, on a link of its own, and the smallest number is the answer.
//
//     a: (moves the offset) WAIT 1 100 -> 2      b: (moves the offset) WAIT 1 100 -> 1      answer: 1
//
// A node counts the replicas that have all that its connection has written. The client's writes went over other ones, so
// something is written on this one first: what came before it is covered, too.
// It never tells more than is known: whose fate nobody knows has reached no replica.
// Owner: its Exchange. Thread: the worker's. Source: Redis replication.c, waitCommand; server.c on `woff`.
#pragma once
#include <optional>
#include <string>

#include "command/block_timeout.h"
#include "exchange/course.h"
#include "exchange/router.h"
#include "resp/request.h"

namespace slotway {

class WaitCall final : public Course {
 public:
  /// `numbers`: how many a reply has; of more than one it is an array.
  WaitCall(const Request& request, const Command& command, size_t numbers);

  void next(Exchange& exchange) override;
  void again(RoutedLeg& leg, uint64_t nowUs) override;
  bool suffices(const RoutedLeg& leg) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice) override {}
  bool answer(Bytes& out) override;

 private:
  void ask(NodeIndex master);
  void write(RoutedLeg& leg, Slice timeout) const;
  bool isZero(const RoutedLeg& leg) const;
  void countIn(Slice reply);

  const KeptRequest request_;
  const std::optional<BlockTimeout> timeout_;
  const bool wellFormed_;  ///< else the nodes say what is wrong with it
  Exchange* exchange_ = nullptr;
  Slice mover_;            ///< what moves a connection's offset at its node
  uint64_t untilUs_ = BlockTimeout::kForever;  ///< loop time
  std::vector<int64_t> least_;
  Bytes error_;            ///< of a node; then there is no number
};

/// What is written on a connection so that its node, of this version, holds it for a writer of all that came before it.
Slice offsetMover(Slice serverVersion);

}  // namespace slotway
