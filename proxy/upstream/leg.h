// One piece of work for one node: a whole request on its way up, and what became of it.
//
//     Idle --submit--> Queued --written--> Sent --reply, loss--> Settled
//                        ^                                          |
//                        +------------- aim again (Idle) <----------+
//
// Owner: an Exchange; a Link borrows it while it is Queued or Sent. Thread: the worker's.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "base/intrusive_list.h"
#include "base/slice.h"
#include "cluster/hash_slot.h"

namespace slotway {

class Leg;
class Link;

/// What became of a leg that a link had taken.
enum class Outcome : uint8_t {
  Replied,   ///< `reply` is a whole frame, valid during the call only
  Streamed,  ///< the last bytes of a reply that went through legBytes()
  Unsent,    ///< no byte of it was written: it did not run
  Lost,      ///< it was written, at least in part, and no answer will come: it may have run
  Torn,      ///< like Lost, after bytes of its reply went through legBytes()
  Denied,    ///< like Unsent: the node does not accept our credentials, so waiting is of no use
  NoResp3,   ///< like Denied: it does not speak RESP3
};

/// Was any byte of the leg written?
constexpr bool wasWritten(Outcome outcome) {
  return outcome != Outcome::Unsent && outcome != Outcome::Denied && outcome != Outcome::NoResp3;
}

/// The one who submits legs. Called from the link's own events, never from inside submit().
class LegOwner {
 public:
  virtual void legSettled(Leg& leg, Outcome outcome, Slice reply) = 0;
  /// The next bytes of a large reply that is no error, while it arrives. Only for a leg that may stream.
  virtual void legBytes(Leg& leg, Slice bytes) = 0;
  /// A reply before the one that counts (see Leg::preludes), which is no status.
  virtual void legPrelude(Leg&, Slice /*reply*/) {}
  /// The link has been paused for this leg's reply for too long: take the rest without asking for another pause.
  virtual void legStuck(Leg& leg) = 0;
  /// It waits behind something that keeps its node busy: whoever asks the node now is told `error`, a whole frame. It may
  /// be told again.
  virtual void legBusy(Leg&, Slice /*error*/) {}

 protected:
  ~LegOwner() = default;
};

enum class LegState : uint8_t { Idle, Queued, Sent, Settled };

class Leg {
 public:
  LegOwner* owner = nullptr;
  Bytes wire;                ///< the request; kept until the exchange is done, since it may have to go again
  HashSlot slot = kNoSlot;
  LegState state = LegState::Idle;
  bool asking = false;       ///< ASKING goes directly before it, in the same write; its reply is swallowed
  uint32_t preludes = 0;     ///< requests in `wire` before its last one, whose reply is the leg's (of a transaction: EXEC)
  bool mayStream = false;    ///< a large reply may pass through legBytes()
  Link* link = nullptr;      ///< where it is (Queued, Sent) or was last
  uint64_t sentUs = 0;       ///< when it was written
  uint64_t patientUntilUs = 0; ///< a node that is silent until then does not hang (a blocking command's); loop time
  uint64_t sentEnd = 0;      ///< where it ends among all bytes of its connection
  Hook hook;                 ///< in the link's pipeline

  /// Replies that come before the one that counts.
  uint32_t repliesBefore() const { return preludes + (asking ? 1 : 0); }

 protected:
  /// As new; small storage is kept.
  void reset() {
    wire.recycle();
    slot = kNoSlot;
    state = LegState::Idle;
    asking = mayStream = false;
    preludes = 0;
    patientUntilUs = 0;
    link = nullptr;
  }
};

}  // namespace slotway
