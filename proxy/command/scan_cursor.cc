#include "command/scan_cursor.h"

namespace slotway {
namespace {

constexpr unsigned kSlotBits = 14;
constexpr unsigned kWayBit = ScanCursor::kHashBits + kSlotBits;

constexpr uint64_t lowBits(uint64_t number, unsigned bits) { return number & ((uint64_t{1} << bits) - 1); }

// Mixed, so that the upper bits depend on all that is there.
uint64_t hashOf(Slice text) {
  uint64_t hash = fnv1a(text);
  hash ^= hash >> 32;
  return hash * 0x9e3779b97f4a7c15;
}

}  // namespace

uint64_t ScanCursor::number() const {
  const uint64_t place = uint64_t{slot} << kHashBits;
  if (way == Way::ByHash) return place | hash;
  return uint64_t{1} << kWayBit | place | uint64_t{incarnation} << kNodeBits | nodeCursor;
}

std::optional<ScanCursor> ScanCursor::of(uint64_t number) {
  if (number >> (kWayBit + 1) != 0) return std::nullopt;
  ScanCursor cursor;
  cursor.slot = static_cast<HashSlot>(lowBits(number >> kHashBits, kSlotBits));
  if (number >> kWayBit == 0) {
    cursor.hash = lowBits(number, kHashBits);
    return cursor;
  }
  cursor.way = Way::AtNode;
  cursor.nodeCursor = truncated(number);
  cursor.incarnation = static_cast<uint32_t>(lowBits(number >> kNodeBits, kIncarnationBits));
  return cursor;
}

uint64_t scanHash(Slice key) { return hashOf(key) >> (64 - ScanCursor::kHashBits); }

uint32_t incarnationOf(Slice runId) {
  return static_cast<uint32_t>(hashOf(runId) >> (64 - ScanCursor::kIncarnationBits));
}

}  // namespace slotway
