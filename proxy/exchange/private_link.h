// A private link that a client has taken over from the exchange that opened a session on it (WATCH), with what its node
// remembers for this connection.
// Owner: the client's session, then an exchange. Thread: the worker's.
#pragma once
#include <optional>

#include "cluster/hash_slot.h"
#include "exchange/router.h"

namespace slotway {

class PrivateLink {
 public:
  /// `link` is lent by `router`, and for this one to end the loan.
  PrivateLink(Router& router, Link& link, HashSlot slot) : router_(router), link_(&link), slot_(slot) {}
  ~PrivateLink() {
    if (link_ != nullptr) router_.release(*link_);
  }
  PrivateLink(const PrivateLink&) = delete;
  PrivateLink& operator=(const PrivateLink&) = delete;

  /// The slot of all that goes over it.
  HashSlot slot() const { return slot_; }
  Link& link() const { return *link_; }
  /// False: the connection has ended, and with it what the node remembered.
  bool stands() const { return link_ != nullptr && link_->state() == Link::State::Ready; }
  /// Of what the node remembers nothing holds any more.
  void lose() { router_.discard(*std::exchange(link_, nullptr)); }
  /// Its client speaks another RESP from here on.
  void speak(resp::Version version) { hello_ = version; }
  /// What has to be said on it before anything that is answered in the client's RESP.
  std::optional<resp::Version> hello() const { return hello_; }
  /// The node remembers nothing any more: others may use the connection, if it is as it came.
  void giveBack() {
    Link& link = *std::exchange(link_, nullptr);
    hello_ ? router_.release(link) : router_.giveBack(link);
  }

 private:
  Router& router_;
  Link* link_;
  const HashSlot slot_;
  std::optional<resp::Version> hello_;
};

}  // namespace slotway
