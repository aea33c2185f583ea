// What a transaction asks for that no node answers inside it (what the proxy answers itself, and what asks all nodes): each is
// asked for after the nodes' part, as if the client had sent it then, and its answer is put in its place.
//
//     MULTI  INFO  INCR k  EXEC  ->  node: MULTI, INCR, EXEC;  then INFO, as an exchange of its own behind EXEC's
//
// Owner: a TransactionCourse. Thread: the worker's.
#pragma once
#include <optional>

#include "command/command.h"
#include "exchange/exchange.h"
#include "exchange/order_queue.h"

namespace slotway {

class Client;

class ApartAnswers final : private ExchangeOwner {
 public:
  explicit ApartAnswers(Client& client) : client_(client) {}

  /// One at a time; `answer` stays where it is until it is filled. `outer` is EXEC's exchange, and goes on when the answer
  /// comes after this call.
  void ask(Exchange& outer, const Command& command, Slice wire, Bytes& answer);
  /// The last one asked for has no answer yet.
  bool waits() const { return answer_ != nullptr; }
  /// Time is up: the answer that is still to come is an error, and is there when this returns.
  void giveUp();
  /// The exchange with this sequence, if it is the one that is waited for.
  Exchange* find(uint64_t sequence) { return queue_ ? queue_->find(sequence) : nullptr; }

 private:
  void exchangeSettled(Exchange& exchange, Slice reply) override;
  void exchangeBytes(Exchange& exchange, Slice bytes) override;
  void exchangeTorn(Exchange& exchange, Failure why) override;
  bool fits(size_t bytes) const;

  Client& client_;
  std::optional<OrderQueue> queue_;  ///< made when first needed
  Exchange* outer_ = nullptr;
  Bytes* answer_ = nullptr;          ///< to be filled
  Bytes streamed_;                   ///< of an answer that comes in pieces
  size_t gathered_ = 0;              ///< bytes of answers that have been put in their places
  enum class Hears : uint8_t { Caller, Outer } hears_ = Hears::Caller;
};

}  // namespace slotway
