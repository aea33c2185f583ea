#include "client/transaction_course.h"

#include <algorithm>

#include "client/ask.h"
#include "client/subscription_answers.h"
#include "exchange/exchange.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {

TransactionCourse::TransactionCourse(Ask& ask, std::unique_ptr<Transaction> transaction,
                                     std::unique_ptr<PrivateLink> watching, Bytes nil)
    : client_(ask.client),
      exchange_(ask.exchange),
      transaction_(std::move(transaction)),
      watching_(std::move(watching)),
      nil_(std::move(nil)),
      parts_(transaction_->parts()),
      apart_(ask.client),
      answers_(transaction_->queued().size()) {
  // What is watched is asked for even if no command has to go there.
  if (watching_ != nullptr && parts_.empty()) parts_.push_back({watching_->slot(), {}});
}

void TransactionCourse::next(Exchange& exchange) { part_ < parts_.size() ? sendPart(exchange) : askApart(); }

void TransactionCourse::sendPart(Exchange& exchange) {
  // Over another connection it would run whatever has become of what was watched.
  if (watching_ != nullptr && !watching_->stands()) return stop(nil_.slice());
  const Transaction::Part& part = parts_[part_];
  using Aim = RoutedLeg::Aim;
  RoutedLeg& leg = watching_ != nullptr      ? exchange.addLeg(part.slot, Aim::Pinned)
                   : part.slot == kNoSlot    ? exchange.addLeg(part.slot, Aim::FixedMaster)
                                             : exchange.addLeg(part.slot, Aim::Slot);
  leg.preludes = static_cast<uint32_t>(part.commands.size() + 1);
  if (watching_ != nullptr) {
    leg.link = &watching_->link();
    sayHello(leg);
  }
  leg.wire.append(transaction_->wireOf(part).slice());
}

// The connection was made before the client changed to another RESP.
void TransactionCourse::sayHello(RoutedLeg& leg) {
  const std::optional<resp::Version> version = watching_->hello();
  if (!version) return;
  const Slice words[] = {"HELLO", *version == resp::Version::Resp3 ? "3" : "2"};
  resp::request(leg.wire, words);
  ++leg.preludes;
}

void TransactionCourse::askApart() {
  const auto& queued = transaction_->queued();
  while (nextApart_ < queued.size() && !apart_.waits()) {
    const size_t place = nextApart_++;
    if (queued[place].way != Transaction::Way::Apart) continue;
    apart_.ask(exchange_, *queued[place].command, transaction_->wireOf(queued[place]), answers_[place]);
  }
}

Course::Then TransactionCourse::gather(std::span<const Slice> replies) {
  if (!stopped_.empty()) return Then::Done;
  if (part_ < parts_.size() && !takePart(replies.front())) return Then::Done;
  if (apart_.waits()) return Then::Waiting;
  const bool more = part_ < parts_.size() || nextApart_ < answers_.size();
  return more && late_.empty() ? Then::Further : Then::Done;
}

// False: EXEC was refused, or what is watched has changed.
bool TransactionCourse::takePart(Slice reply) {
  if (!takeAnswers(parts_[part_], reply)) {
    stop(reply);
    return false;
  }
  if (watching_ != nullptr && watching_->stands()) watching_->giveBack();
  watching_.reset();
  ++part_;
  return true;
}

bool TransactionCourse::takeAnswers(const Transaction::Part& part, Slice reply) {
  resp::ReplyReader reader(reply);
  const resp::ReplyReader::Frame frame = reader.next();
  if (!frame.isArray() || static_cast<size_t>(frame.number) != part.commands.size()) return false;
  for (const size_t place : part.commands) answers_[place] = answerOf(transaction_->queued()[place], reader.skip());
  return true;
}

// A number of subscribers is one Redis's, a key the client's.
Bytes TransactionCourse::answerOf(const Transaction::Queued& queued, Slice reply) {
  if (Renaming* const renaming = client_.renaming()) {
    const Slice renamed = renaming->rename(queued.command->inKeyspace, reply, exchange_.router().scripts());
    if (!renamed.empty()) return Bytes(renamed);
  }
  const Recount what = queued.command->recount;
  const Link* const link = exchange_.leg(0).link;
  const std::string place = what == Recount::None || link == nullptr ? "" : link->endpoint().text();
  Bytes answer;
  const bool done = what != Recount::None && client_.recountAt(place, what, transaction_->wireOf(queued), reply, answer);
  return done ? std::move(answer) : Bytes(reply);
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
void TransactionCourse::giveUp(Slice reason) {
  late_ = Bytes(reason);
  apart_.giveUp();
}

bool TransactionCourse::answer(Bytes& out) {
  if (stopped_.empty() && part_ < parts_.size()) stop(late_.slice());
  if (!stopped_.empty()) {
    out.append(stopped_.slice());
    return part_ > 0;
  }
  if (exchange_.silent) return confirmOnly(out);
  resp::arrayHeader(out, answers_.size());
  for (const Bytes& answer : answers_) out.append(answer.empty() ? late_.slice() : answer.slice());
  return false;
}

// Confirmations are no replies: CLIENT REPLY does not hold them back.
bool TransactionCourse::confirmOnly(Bytes& out) {
  for (size_t i = 0; i < answers_.size(); ++i) {
    const Slice answer = answers_[i].slice();
    if (SubscriptionAnswers::knows(transaction_->queued()[i].command->name) && !answer.starts_with('-')) out.append(answer);
  }
  exchange_.silent = out.empty();
  return false;
}

}  // namespace slotway
