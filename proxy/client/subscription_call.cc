#include "client/subscription_call.h"

#include "client/client.h"

namespace slotway {

// In a transaction messages come behind the answer to EXEC, which is at the head.
void SubscriptionCall::next(Exchange& exchange) {
  sequence_ = exchange.sequence();
  const uint64_t order = client_.queue().head()->sequence();
  client_.subscriptions().change(step_, kind_, request_.request().args.subspan(1), exchange, order, answer_);
}

void SubscriptionCall::giveUp(Slice reason) {
  answer_ = Bytes(reason);
  client_.subscriptions().giveUp(sequence_);
}

}  // namespace slotway
