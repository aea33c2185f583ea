// EXEC's course where one write to one node is not all of it: over the link that WATCH was sent on, with answers among the
// nodes' that are not theirs, or in one part for each slot.
//
//     part --> part --> ... --> what goes apart, one after the other --> one array, in the order of the commands
//
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "client/apart_answers.h"
#include "client/house.h"
#include "client/transaction.h"
#include "exchange/course.h"

namespace slotway {

struct Ask;

class TransactionCourse final : public Course {
 public:
  /// `nil` is what EXEC says when what was watched has changed.
  TransactionCourse(Ask& ask, std::unique_ptr<Transaction> transaction, std::unique_ptr<PrivateLink> watching,
                    Bytes nil);

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override;
  Exchange* within(uint64_t sequence) override { return apart_.find(sequence); }
  bool answer(Bytes& out) override;

 private:
  void sendPart(Exchange& exchange);
  void sayHello(RoutedLeg& leg);
  void askApart();
  bool takePart(Slice reply);
  bool takeAnswers(const Transaction::Part& part, Slice reply);
  Bytes answerOf(const Transaction::Queued& queued, Slice reply);
  bool confirmOnly(Bytes& out);
  void stop(Slice reply);

  Client& client_;
  Exchange& exchange_;
  const std::unique_ptr<Transaction> transaction_;
  std::unique_ptr<PrivateLink> watching_;
  const Bytes nil_;
  std::vector<Transaction::Part> parts_;
  size_t part_ = 0;                ///< that is on its way
  ApartAnswers apart_;
  size_t nextApart_ = 0;           ///< place of the first command that may still have to be asked for apart
  std::vector<Bytes> answers_;     ///< by place in the transaction
  Bytes late_;                     ///< why no further part may go
  Bytes stopped_;                  ///< the one answer to a transaction that did not run, or not to its end
};

}  // namespace slotway
