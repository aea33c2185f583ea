// One call of SCAN over the keyspace as a whole: slot after slot, from where the cursor says. Nothing is remembered from
// call to call. It asks and is answered step by step; who carries the questions is not its business.
//
//     Survey   the slot's owner: what do you hold, how many keys in all, how many in each of the next slots?
//      |--> Whole   a node with few keys: all of them at once, and: what do you hold now?
//      |--> List    the keys of so many slots as are wanted, and: what do you hold now?
//      |      '--> Target   the slot is being handed over: the keys at the node that takes it over, too
//      |--> Big     a slot with very many keys: the node's own SCAN (slot_at_node.h)
//      '--> Settle  the node that was asked does not hold the slot: where is it? Then Survey again.
//     Filter   of the keys listed: which have not expired, and are of the wanted type?
//
// No key that is there all the time is lost: a slot is done only when its owner held it, all of it, before and after its
// keys were listed; or handed it over, and then the other node was read after the owner. MIGRATE leaves a key on at least
// one of the two at all times. Within a slot the place is a hash of the key, which means the same at every node.
//
// Owner: a course of one exchange. Thread: the worker's (pure).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "cluster/own_slots.h"
#include "command/key_filter.h"
#include "command/questions.h"
#include "command/scan_page.h"
#include "command/scan_request.h"
#include "command/slot_at_node.h"

namespace slotway {

class KeyspaceWalk {
 public:
  explicit KeyspaceWalk(ScanRequest request);
  KeyspaceWalk(const KeyspaceWalk&) = delete;
  KeyspaceWalk& operator=(const KeyspaceWalk&) = delete;

  /// Nothing is left to be asked.
  bool done() const { return phase_ == Phase::Done; }
  /// The questions of the next step, at least one. Only while it is not done.
  void ask(Questions& questions);
  /// The replies to them, in their order. An error among them is the answer.
  void take(std::span<const Slice> replies, Came came);
  /// Instead of take(): a node that the questions name is not known yet, or not any more.
  void nodeUnknown() { unsettled(); }
  /// `error`, a frame, is the answer, unless there is one.
  void giveUp(Slice error);

  /// Once done: appends the one reply.
  void answer(Bytes& out) const;
  /// The same in parts. An error frame, empty when there is none; what has been found; the cursor to go on with, 0 at the end.
  Slice error() const { return error_.slice(); }
  const ScanPage& page() const { return page_; }
  uint64_t cursor() const;

 private:
  enum class Phase : uint8_t { Survey, Whole, List, Target, Big, Settle, Filter, Done };

  Bytes& toOwner() { return questions_->toSlot(at_.slot); }
  void askSurvey();
  void askList();
  void takeSurvey(std::span<const Slice> replies, Came came);
  void takeWhole(std::span<const Slice> replies, Came came);
  void takeList(std::span<const Slice> replies, Came came);
  void takeTarget(std::span<const Slice> replies);
  void takeBig(std::span<const Slice> replies, Came came);

  bool readBefore(std::span<const Slice> replies);
  void chooseRun();
  void passHanded(const OwnSlots& after, std::span<const Slice> keys);
  /// All keys of the slot where it stands: visits those of this page and moves on.
  void pass(std::vector<Slice>& keys, KeyFilter::Slot state);
  void enter(Phase phase) { phase_ = phase; }
  void enterBig();
  void moveOn();
  void finish();
  void unsettled();
  void settled();
  void senseless();

  const ScanRequest request_;
  ScanPage page_;
  KeyFilter filter_;
  Phase phase_ = Phase::Survey;
  ScanCursor at_;                     ///< ByHash
  std::optional<SlotAtNode> big_;     ///< the slot at `at_`, while it is read so
  Questions* questions_ = nullptr;    ///< during ask()
  OwnSlots before_;                   ///< what the owner said in the survey
  std::vector<uint64_t> counts_;      ///< keys of the slots from at_.slot on, by the survey
  size_t run_ = 0;                    ///< how many of these slots are listed
  size_t surveyed_;                   ///< how many slots the next survey asks for
  std::vector<std::string> handed_;   ///< the owner's keys of a slot that it hands over
  std::string target_;                ///< to this node
  bool tooSparse_ = false;            ///< a node with few keys could not be read at once
  unsigned rounds_ = 0;
  unsigned restarts_ = 0;             ///< since it last moved on
  size_t passed_ = 0;                 ///< slots listed
  Bytes error_;                       ///< the answer, if not empty
};

}  // namespace slotway
