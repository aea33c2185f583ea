// A command that subscribes or unsubscribes, as a step of its own: it begins when all that its client has asked for before is
// answered, and what comes behind it leaves when it stands.
//
//     SUBSCRIBE c --held--> stands at the nodes, all workers know --> confirmed   PUBLISH c x --> :1, and the message
//
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include "client/subscriptions.h"
#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

class SubscriptionCall final : public Course {
 public:
  /// `client` stays while its requests are waited for.
  SubscriptionCall(Client& client, const Request& request, TopicKind kind, Subscriptions::Step step)
      : client_(client), request_(request), kind_(kind), step_(step) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice>) override { return answer_.empty() ? Then::Waiting : Then::Done; }
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override {
    out = std::move(answer_);
    return false;
  }

 private:
  Client& client_;
  const KeptRequest request_;
  const TopicKind kind_;
  const Subscriptions::Step step_;
  uint64_t sequence_ = 0;
  Bytes answer_;  ///< empty: it comes later, by Client::answerLater()
};

}  // namespace slotway
