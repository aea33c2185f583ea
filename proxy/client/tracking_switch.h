// CLIENT TRACKING ON and OFF as a course: it changes the links that serve the client, so it waits until all earlier requests
// are answered. With BCAST all masters must listen before it is answered: somebody may read over another connection then; in
// RESP2 all ears must.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include "client/client.h"
#include "exchange/course.h"
#include "resp/request.h"

namespace slotway {

class TrackingSwitch final : public Course {
 public:
  TrackingSwitch(Client& client, const Request& request) : client_(client), request_(request) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  bool doesWithout() const override { return true; }
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override;

 private:
  /// Empty, or the error.
  std::string readOptions(TrackingOptions& options, bool& on) const;
  std::string readRedirect(Slice number, TrackingOptions& options) const;
  std::string whyNot(const TrackingOptions& options) const;
  void turnOn(TrackingOptions options, Exchange& exchange);
  void awaitMasters(Exchange& exchange, LinkPool& links);

  Client& client_;
  const KeptRequest request_;
  Bytes answer_;
  Exchange* exchange_ = nullptr;
  bool on_ = false;        ///< it has been turned on
  bool linksToo_ = false;  ///< when the ears stand, the links that name them are to be waited for
};

}  // namespace slotway
