// EXEC's course where one write to one node is not all of it: over the link that WATCH was sent on, with answers of the
// proxy's own among the nodes', or in one part for each slot.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "client/transaction.h"
#include "exchange/course.h"

namespace slotway {

class Client;

class TransactionCourse final : public Course {
 public:
  /// `nil` is what EXEC says when what was watched has changed.
  TransactionCourse(Client& client, std::unique_ptr<Transaction> transaction, std::unique_ptr<PrivateLink> watching,
                    Bytes nil);

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override;

 private:
  bool takeAnswers(const Transaction::Part& part, Slice reply);
  void stop(Slice reply);

  Client& client_;
  const std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<PrivateLink> watching_;
  const Bytes nil_;
  std::vector<Transaction::Part> parts_;
  size_t part_ = 0;                ///< that is on its way
  std::vector<Bytes> answers_;     ///< by place in the transaction
  Bytes late_;                     ///< why no further part may go
  Bytes stopped_;                  ///< the one answer to a transaction that did not run, or not to its end
};

}  // namespace slotway
