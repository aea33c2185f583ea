// A leg and what its exchange knows of its way: whom it is meant for, what sent it back, when it may go again.
// Owner: an Exchange (taken from the Router's pool). Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/path.h"
#include "cluster/redirect.h"
#include "metrics/failures.h"
#include "upstream/leg.h"

namespace slotway {

/// What only some legs need to know of their way: those that were refused, and those that are meant for a certain node.
struct Detour {
  uint64_t wakeUs = 0;        ///< parked: not before
  uint64_t waitRefresh = 0;   ///< parked: not before this refresh of the topology has ended
  uint64_t waitScripts = 0;   ///< parked: not before this wish has come true (Scripts)
  std::string nodeId;         ///< with Aim::Node
  Endpoint askAt;             ///< with `asking`: where the ASK pointed
  Endpoint askedAt;           ///< with `confirming`: the node whose answer is in doubt
  struct RoutedLeg* whole = nullptr;  ///< with `part`: the piece
};

struct RoutedLeg final : Leg {
  /// Whom the leg is meant for; found anew each time it leaves.
  enum class Aim : uint8_t {
    Slot,         ///< the owner of `slot`
    AnyMaster,    ///< a master, the same for all of a client's commands, so that their order is kept
    FixedMaster,  ///< one master, the same for everybody
    Speaker,      ///< the node to which all messages go (Router::speaker)
    Node,         ///< the node `nodeId`; its master should it be a replica by now, unless `bestEffort` is set
    // All of these: over a link that nobody else uses.
    Private,      ///< the owner of `slot`, over a link of its own; given back when the leg settles, unless `keepsLink`
    ThisMaster,   ///< the node `nodeId` while it is a master, over a link of its own; what it refuses is the answer
    Pinned,       ///< `link`, which its client has for itself, and nothing else: what it refuses is the answer
  };

  Aim aim = Aim::Slot;
  bool bestEffort = false;    ///< that it fails does not matter (a replica's); nobody waits for it, unless it has `ownLink`
  bool keepsLink = false;     ///< with Aim::Private: whoever set this takes the link over with the reply
  bool linkEnds = false;      ///< the connection of its private link is not used again: it may still be unblocked
  bool ownLink = false;       ///< goes over a link of its own
  bool parked = false;        ///< refused or held back; waits in the client's order queue
  bool reads = false;         ///< it only reads, whatever its command does
  bool executed = false;      ///< answered by something other than an error
  bool everSent = false;
  bool unheard = false;       ///< with Aim::ThisMaster: what goes before it was refused
  bool failed = false;        ///< its node has not answered, and nobody else can; `reply` says so
  bool confirming = false;    ///< parked with a redirect that a refresh must confirm; `reply` has its text
  bool mending = false;       ///< parked since its node lacks the script or function that it names; `reply` says so
  bool mended = false;        ///< the node has been given it, or it goes with the leg: there is no second try
  bool hasWaited = false;     ///< it has been held before: it is not refused for want of room
  bool divided = false;       ///< its parts go in its place; it is settled when they are
  bool part = false;          ///< one key of a piece that has been divided
  uint8_t redirects = 0;      ///< refusals so far that said where to go: these are limited
  uint8_t waits = 0;          ///< ... and that said to come later: the deadline ends these
  RedirectKind lastRefusal = RedirectKind::Loading;
  uint32_t heldBytes = 0;     ///< not 0: it waits for a shard, or parked, and counts so much (Outages)
  Bytes reply;                ///< of one piece among several; or the text to confirm; or why a transaction was refused

  /// Made when first needed.
  Detour& detour() {
    if (detour_ == nullptr) detour_ = std::make_unique<Detour>();
    return *detour_;
  }
  /// Null for a leg that goes straight.
  const Detour* knownDetour() const { return detour_.get(); }

  SLOTWAY_RARE ~RoutedLeg() = default;

  /// Its link serves its client alone, as long as it has it.
  bool onPrivateLink() const { return aim >= Aim::Private; }
  /// ... and goes back to the pool when the leg settles.
  bool borrowsLink() const { return aim == Aim::Private || aim == Aim::ThisMaster; }
  bool awaited() const { return !part && (!bestEffort || ownLink); }
  /// Its reply, or the error that stands for it, is part of the answer.
  bool hasSay() const { return awaited() && !(failed && (bestEffort || reply.empty())); }
  bool inLink() const { return state == LegState::Queued || state == LegState::Sent; }

  /// As new; small storage is kept.
  void reset() {
    Leg::reset();
    reply.recycle();
    detour_.reset();
    aim = Aim::Slot;
    bestEffort = ownLink = linkEnds = keepsLink = parked = reads = executed = everSent = unheard = failed = false;
    confirming = mending = mended = divided = part = false;
    redirects = waits = 0;
    heldBytes = 0;
    hasWaited = false;
    lastRefusal = RedirectKind::Loading;
  }

 private:
  std::unique_ptr<Detour> detour_;
};

}  // namespace slotway
