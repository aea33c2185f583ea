#include "client/transaction_course.h"

#include "client/local_answers.h"
#include "exchange/exchange.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

TransactionCourse::TransactionCourse(Client& client, std::unique_ptr<Transaction> transaction,
                                     std::unique_ptr<PrivateLink> watching, Bytes nil)
    : client_(client),
      transaction_(std::move(transaction)),
      watching_(std::move(watching)),
      nil_(std::move(nil)),
      parts_(transaction_->parts()),
      answers_(transaction_->queued().size()) {
  // What is watched is asked for even if no command has to go there.
  if (watching_ != nullptr && parts_.empty()) parts_.push_back({watching_->slot(), {}});
}

void TransactionCourse::next(Exchange& exchange) {
  if (parts_.empty()) return;
  // Over another connection it would run whatever has become of what was watched.
  if (watching_ != nullptr && !watching_->stands()) return stop(nil_.slice());
  const Transaction::Part& part = parts_[part_];
  using Aim = RoutedLeg::Aim;
  RoutedLeg& leg = watching_ != nullptr      ? exchange.addLeg(part.slot, Aim::Pinned)
                   : part.slot == kNoSlot    ? exchange.addLeg(part.slot, Aim::FixedMaster)
                                             : exchange.addLeg(part.slot, Aim::Slot);
  leg.wire = transaction_->wireOf(part);
  leg.preludes = static_cast<uint32_t>(part.commands.size() + 1);
  if (watching_ != nullptr) leg.link = &watching_->link();
}

Course::Then TransactionCourse::gather(std::span<const Slice> replies) {
  if (parts_.empty() || !stopped_.empty()) return Then::Done;
  const Slice reply = replies.front();
  if (!takeAnswers(parts_[part_], reply)) {
    stop(reply);
    return Then::Done;
  }
  if (watching_ != nullptr && watching_->stands()) watching_->giveBack();
  watching_.reset();
  return ++part_ == parts_.size() || !late_.empty() ? Then::Done : Then::Further;
}

// False: EXEC was refused, or what is watched has changed.
bool TransactionCourse::takeAnswers(const Transaction::Part& part, Slice reply) {
  resp::ReplyReader reader(reply);
  const resp::ReplyReader::Frame frame = reader.next();
  if (!frame.isArray() || static_cast<size_t>(frame.number) != part.commands.size()) return false;
  for (const size_t place : part.commands) answers_[place] = Bytes(reader.skip());
  return true;
}

void TransactionCourse::stop(Slice reply) {
  if (part_ == 0) {
    stopped_ = Bytes(reply);
    return;
  }
  const std::string why(reply.substr(1, reply.find_first_of("\r\n") - 1));
  resp::error(stopped_, "EXECABORT part " + std::to_string(part_ + 1) + " of " + std::to_string(parts_.size()) +
                            " of the transaction failed, those before it have run, those behind it have not: " + why);
}

// What is on its way has an outcome of its own, which gather() hears of.
void TransactionCourse::giveUp(Slice reason) { late_ = Bytes(reason); }

bool TransactionCourse::answer(Bytes& out) {
  if (stopped_.empty() && part_ < parts_.size()) stop(late_.slice());
  if (!stopped_.empty()) {
    out.append(stopped_.slice());
    return part_ > 0;
  }
  const auto& queued = transaction_->queued();
  resp::arrayHeader(out, queued.size());
  for (size_t i = 0; i < queued.size(); ++i) {
    if (queued[i].isLocal()) {
      LocalAnswers::answerInto(client_, *queued[i].command, transaction_->wireOf(queued[i]), out);
    } else {
      out.append(answers_[i].slice());
    }
  }
  return false;
}

}  // namespace slotway
