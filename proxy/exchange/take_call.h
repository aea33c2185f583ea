// The course of a command that takes from keys of several slots. While there is nothing, and it may block, it waits until
// one of the keys may have something, and asks those again.
//
//     next(): {LPOP a} {LLEN b} --nothing--> waits at both keys --keyReady()--> next(): {LPOP b} -> the answer
//                                                 ^                                         |
//                                                 +------------- somebody was faster -------+
//
// What is under way when its time is up is waited for: it may have popped something.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "command/across_take.h"
#include "command/block_timeout.h"
#include "exchange/course.h"
#include "exchange/key_watch.h"
#include "uv/timer.h"

namespace slotway {

class TakeCall final : public Course, private KeyWaiter {
 public:
  TakeCall(const Request& request, const Command& command);
  ~TakeCall() override { tellUnblocked(false); }

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override { reason_ = Bytes(reason); }
  bool suffices(const RoutedLeg& leg) override;
  bool unblock(Slice how, std::function<void(bool)>& told) override;
  void left() override;
  size_t footprint() const override { return waits_.size() * (sizeof(KeyWait) + sizeof(KeyWatch)); }
  bool answer(Bytes& out) override;

 private:
  void keyReady() override;
  void begin(Exchange& exchange);
  void askReady();
  Then nothing();
  Then end();
  void endWith(Slice reply);
  void timeIsUp();
  void goOn();
  void tellUnblocked(bool unblocked);

  const std::unique_ptr<AcrossTake> take_;
  const std::optional<BlockTimeout> timeout_;
  Bytes wrongTimeout_;        ///< the error, if its timeout cannot be read
  Bytes answer_;
  Bytes reason_;              ///< no further step is wanted, since
  Bytes none_;                ///< the answer, should there be nothing when it is not to wait (any more); empty: it waits
  Exchange* exchange_ = nullptr;
  Questions questions_;       ///< to be sent
  std::vector<std::unique_ptr<KeyWait>> waits_;  ///< by key, once it has waited
  KeyWait* tried_ = nullptr;  ///< of them, whose key is asked again
  size_t next_ = 0;           ///< of them, the first one that may be asked next
  bool asking_ = false;       ///< a step is on its way
  bool ended_ = false;        ///< ... and its replies do not count
  std::function<void(bool)> unblocked_;  ///< who has unblocked it, and is to hear whether that is the answer
  uint64_t askedAt_ = 0;      ///< see KeyWait
  bool waiting_ = false;
  std::optional<Timer> timer_;
};

}  // namespace slotway
