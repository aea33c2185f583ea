#include "cluster/hash_slot.h"

#include <array>
#include <cstddef>

#include "base/path.h"

namespace slotway {
namespace {

constexpr uint16_t kPolynomial = 0x1021;
// Four bytes a step: the steps of a CRC wait for each other, so fewer of them is what makes it fast. Four tables are
// 2 KB and stay in the first cache; eight would gain little on keys of ordinary length.
constexpr size_t kStep = 4;
using CrcTable = std::array<uint16_t, 256>;

constexpr uint16_t shiftByte(uint16_t crc) {
  for (int bit = 0; bit < 8; ++bit) {
    const bool top = (crc & 0x8000) != 0;
    crc = static_cast<uint16_t>(crc << 1);
    if (top) crc ^= kPolynomial;
  }
  return crc;
}

// kTables[n][b]: what byte b leaves in the CRC when n more bytes of zero have followed it.
constexpr std::array<CrcTable, kStep> makeTables() {
  std::array<CrcTable, kStep> tables{};
  for (size_t byte = 0; byte < 256; ++byte) {
    uint16_t crc = static_cast<uint16_t>(byte << 8);
    for (size_t after = 0; after < kStep; ++after) tables[after][byte] = crc = shiftByte(crc);
  }
  return tables;
}

constexpr std::array<CrcTable, kStep> kTables = makeTables();

uint16_t crc16(Slice bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t left = bytes.size();
  uint16_t crc = 0;
  for (; left >= kStep; left -= kStep, at += kStep) {
    crc = kTables[3][at[0] ^ (crc >> 8)] ^ kTables[2][at[1] ^ (crc & 0xff)] ^ kTables[1][at[2]] ^ kTables[0][at[3]];
  }
  for (; left > 0; --left, ++at) crc = static_cast<uint16_t>(crc << 8) ^ kTables[0][(crc >> 8) ^ *at];
  return crc;
}

// Only the first '{' counts, and only with the first '}' after it; "{}" at that place means there is no tag at all.
SLOTWAY_APART Slice taggedPart(Slice key, size_t open) {
  const size_t close = key.find('}', open + 1);
  if (close == Slice::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

}  // namespace

HashSlot hashSlot(Slice key) {
  const size_t open = key.find('{');
  return crc16(open == Slice::npos ? key : taggedPart(key, open)) & (kHashSlots - 1);
}

}  // namespace slotway
