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

#include "base/slice.h"
#include "cluster/hash_slot.h"
#include "command/command.h"
#include "resp/request.h"

namespace slotway {

struct Plan {
  enum class Target : uint8_t {
    Slot,       ///< the request, to the owner of `slot`
    Private,    ///< the request, to the owner of `slot`, over a link of its own: it may block
    Split,      ///< every piece to the owner of its slot
    Steps,      ///< step by step, on a course of its own (exchange/courses.h)
    BlockingSteps,  ///< the same, and it may block
    AnyMaster,  ///< the request, to one master (which one does not matter)
    FixedMaster,///< the request, to one master, always the same (keyless scripts)
    Speaker,    ///< the request, to the node to which all messages go
    Masters,    ///< the request, to every master
    AllNodes,   ///< the request, to every master and, as best effort, every replica
    Refused,    ///< nothing is sent; `error` is the answer
  };

  /// The keys of one slot: slotOrder[first, first + count).
  struct Piece {
    HashSlot slot = kNoSlot;
    uint32_t first = 0;
    uint32_t count = 0;
  };

  // What belongs to another target than this one may be left from an earlier request.
  Target target = Target::Refused;
  Merge merge = Merge::First;
  HashSlot slot = kNoSlot;
  /// Split: of the keys up to `nextKey`, which are all there are unless these are very many (see split.h).
  std::vector<Piece> pieces;
  /// Split: for each of these keys in the request's order the piece that holds it. Keys keep their order in a piece.
  std::vector<uint32_t> pieceOfKey;
  uint32_t nextKey = 0;
  /// Where the keys stand among the arguments; of a command that has just one it is not looked for.
  std::vector<uint32_t> keyPositions;
  /// Refused: the error text, without '-'.
  std::string error;

  /// Its keys may be in any number of slots.
  bool spreads() const { return target >= Target::Split && target <= Target::BlockingSteps; }

  /// The slot above, the key's number in the request below: sorted, so that keys of one slot are beside each other.
  std::vector<uint64_t> slotOrder;
};

/// Fills `plan` for a command of the lanes ByKey, Split, FanOut, AnyNode, Special and Refuse; arity has been checked.
/// Keys in different slots where the command can neither be split nor read across them: Refused with CROSSSLOT and a hint at hash tags.
void plan(const Request& request, const Command& command, Plan& plan);

}  // namespace slotway
