// Where a SCAN of the whole keyspace stands: a hash slot, and a place in it. A value that the client carries, so that any
// proxy can go on with it; no node and no proxy remembers anything.
//
//     bit 52   51..38   37 .................... 0
//        0      slot    keys with a smaller hash are done            (ByHash: means the same at every node)
//        1      slot    incarnation (18) | the node's cursor (20)    (AtNode: a very big slot, read with the node's SCAN)
//
// Below 2^53, since some clients keep cursors as floating point numbers. 0 is the start, and given to a client the end.
// A node's cursor counts its hash table's buckets with the highest bit first, so its low 20 bits are a place at or before
// it, in a table of any size: going on from there repeats a millionth of the table and skips nothing.
// The incarnation says of which process that cursor is: hash seeds differ, so it means nothing to another.
//
// Thread: any (a value). Source: Redis 7.0 dict.c, dictScan.
#pragma once
#include <cstdint>
#include <optional>

#include "base/slice.h"
#include "cluster/hash_slot.h"

namespace slotway {

struct ScanCursor {
  enum class Way : uint8_t { ByHash, AtNode };
  static constexpr unsigned kHashBits = 38;
  static constexpr unsigned kNodeBits = 20;
  static constexpr unsigned kIncarnationBits = kHashBits - kNodeBits;

  HashSlot slot = 0;
  Way way = Way::ByHash;
  uint64_t hash = 0;         ///< ByHash: the least hash that is not done; below 2^38
  uint32_t nodeCursor = 0;   ///< AtNode: below 2^20
  uint32_t incarnation = 0;  ///< AtNode: below 2^18

  uint64_t number() const;
  /// Nothing for a number that number() never gives.
  static std::optional<ScanCursor> of(uint64_t number);

  static uint32_t truncated(uint64_t nodeCursor) { return static_cast<uint32_t>(nodeCursor & ((1u << kNodeBits) - 1)); }
  bool operator==(const ScanCursor&) const = default;
};

/// 38 bits of `key`, the same in every proxy of every version: clients carry them.
uint64_t scanHash(Slice key);
/// 18 bits of a process's run id.
uint32_t incarnationOf(Slice runId);

}  // namespace slotway
