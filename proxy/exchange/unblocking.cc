#include "exchange/unblocking.h"

#include <string>
#include <utility>

#include "resp/writer.h"

namespace slotway {

void Unblocking::add(Link& link, uint64_t connection, Slice how) {
  Leg& leg = *legs_.emplace_back(std::make_unique<Leg>());
  leg.owner = this;
  const std::string number = std::to_string(connection);
  const Slice words[] = {"CLIENT", "UNBLOCK", number, how};
  resp::request(leg.wire, words);
  ++inLinks_;
  link.submit(leg);
}

// What could not be sent has unblocked nobody.
void Unblocking::legSettled(Leg&, Outcome, Slice reply) {
  --inLinks_;
  unblocked_ |= reply == ":1\r\n";
  settle();
}

void Unblocking::settle() {
  if (over() && told_ != nullptr) std::exchange(told_, nullptr)(unblocked_);
}

}  // namespace slotway
