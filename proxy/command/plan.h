// Request + Command -> Plan: which pieces of work go where, and how their replies become one. Knows slots, not nodes:
// who owns a slot is found when a piece leaves, and again when it must leave again.
//
//     GET k          -> Slot, one piece: the request itself
//     MGET a b c     -> Split: {slot 7: MGET a c} {slot 9: MGET b}, merge KeyOrder
//     DBSIZE         -> Masters, one body for all, merge Sum
//
// Owner: the worker keeps one as scratch; all memory in it is kept from request to request.
// Thread: the worker's (pure).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "command/command.h"
#include "resp/request.h"

namespace slotway {

struct Plan {
  enum class Target : uint8_t {
    Slot,       ///< pieces[0], to the owner of its slot
    Split,      ///< every piece to the owner of its slot
    AnyMaster,  ///< pieces[0], to one master (which one does not matter)
    FixedMaster,///< pieces[0], to one master, always the same (keyless scripts)
    Masters,    ///< pieces[0], to every master
    AllNodes,   ///< pieces[0], to every master and, as best effort, every replica
    Refused,    ///< nothing is sent; `error` is the answer
  };

  struct Piece {
    HashSlot slot = kNoSlot;
    Slice wire;  ///< a whole request, RESP array; into the Request or into `built`
  };

  Target target = Target::Refused;
  Merge merge = Merge::First;
  std::vector<Piece> pieces;
  /// Split with KeyOrder: for each key in the request's order the piece that holds it. Keys keep their order in a piece.
  std::vector<uint32_t> pieceOfKey;
  /// Refused: the error text, without '-'.
  std::string error;

  /// Backing of `wire` where it is not the request's own bytes.
  Bytes built;
  /// Scratch.
  std::vector<uint32_t> keyPositions;
  std::vector<uint64_t> slotOrder;
};

/// The request's own bytes, or for an inline command those that `plan.built` now holds.
Slice wireOf(const Request& request, Plan& plan);

/// Fills `plan` for a command of the lanes ByKey, Split, FanOut, AnyNode, Special and Refuse; arity has been checked.
/// Keys in different slots where the command cannot be split: Refused with CROSSSLOT and a hint at hash tags.
void plan(const Request& request, const Command& command, Plan& plan);

}  // namespace slotway
