// A request that is answered step by step: what the next step sends, and what came of those before.
//
//     next(): legs --sent--> their replies --gather()--> Further: next() when all earlier exchanges are answered
//                                                        Waiting: the same once the course has said Exchange::goOn()
//                                                        Done:    answer(), the one reply
//
// Nothing that comes behind it leaves before it is done: a step that is still to come could be overtaken.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "base/slice.h"
#include "metrics/failures.h"
#include "settings/settings.h"

namespace slotway {

class Exchange;
struct RoutedLeg;

class Course {
 public:
  enum class Then : uint8_t { Further, Waiting, Done };

  virtual ~Course() = default;
  /// Gives `exchange` the legs of the next step: toSlot() and toNode(). With none it goes on at once.
  virtual void next(Exchange& exchange) = 0;
  /// A leg that did not run goes again: its wire may be changed.
  virtual void again(RoutedLeg&, uint64_t /*nowUs*/) {}
  /// The reply, other than a status, to one of the requests that go before its leg's last one (Leg::preludes).
  virtual void prelude(Slice /*reply*/) {}
  /// A leg has been answered (`reply`), or will not be (`failed`). True: that is all it takes, the others are not waited for.
  virtual bool suffices(const RoutedLeg&) { return false; }
  /// The replies in the order of the legs. Refusals by the cluster have been followed; errors may be among them.
  virtual Then gather(std::span<const Slice> replies) = 0;
  /// Replies are not told apart by their nodes: of one that has left the cluster meanwhile none is needed.
  virtual bool doesWithout() const { return false; }
  /// What to say when its replies, so many bytes so far, are more than may be kept. Nothing: what holds for all holds for it.
  virtual std::optional<Failure> tooMuch(uint64_t /*gathered*/, const Settings::Limits&) const { return std::nullopt; }
  /// The deadline has passed, so no further step is wanted; `reason`, an error frame, stands for what is not sent.
  /// gather() may still be called for the step that is on its way.
  virtual void giveUp(Slice reason) = 0;
  /// What it waits for by itself, if that is the exchange with this sequence.
  virtual Exchange* within(uint64_t /*sequence*/) { return nullptr; }
  /// CLIENT UNBLOCK, `how` being TIMEOUT or ERROR. True: it waits here, and comes to its end now; `told` hears once whether that
  /// is the answer.
  virtual bool unblock(Slice /*how*/, std::function<void(bool)>& /*told*/) { return false; }
  /// Nobody waits for its answer any more.
  virtual void left() {}
  /// The memory that it holds beside the request and the replies, in bytes.
  virtual size_t footprint() const { return 0; }
  /// The one reply. True when some of the work failed and some did not.
  virtual bool answer(Bytes& out) = 0;

 protected:
  /// It stands for the reply of a node that is not in the cluster any more.
  static bool hasLeft(Slice reply);
};

}  // namespace slotway
