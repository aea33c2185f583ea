#include "cluster/hash_slot.h"

#include <doctest/doctest.h>

#include <string>

using namespace slotway;

namespace {

// The definition of CRC16-XMODEM, a bit at a time.
uint16_t slowCrc(Slice bytes) {
  uint16_t crc = 0;
  for (const unsigned char byte : bytes) {
    crc ^= static_cast<uint16_t>(byte << 8);
    for (int bit = 0; bit < 8; ++bit) crc = static_cast<uint16_t>((crc << 1) ^ ((crc & 0x8000) != 0 ? 0x1021 : 0));
  }
  return crc;
}

}  // namespace

// Every value is what CLUSTER KEYSLOT of a Redis 7.0 answers.
TEST_CASE("hash slot: what CLUSTER KEYSLOT answers") {
  struct Row {
    std::string key;
    HashSlot slot;
  };
  const Row rows[] = {
      {"foo", 12182},
      {"bar", 5061},
      {"hello", 866},
      {"123456789", 0x31c3},
      {"", 0},
      {"{user1000}.following", 3443},
      {"{user1000}.followers", 3443},
      {"user1000", 3443},
      {"foo{}{bar}", 8363},
      {"foo{{bar}}zap", 4015},
      {"{bar", 4015},
      {"foo{bar}{zap}", 5061},
      {"foo{bar", 15278},
      {"foo}bar{", 11073},
      {"{}foo", 9500},
      {"}{foo}", 12182},
  };
  for (const Row& row : rows) {
    CAPTURE(row.key);
    CHECK(hashSlot(row.key) == row.slot);
  }
}

TEST_CASE("hash slot: bytes of any value and keys of any length follow the definition of the CRC") {
  std::string key;
  for (int length = 0; length < 300; ++length) {
    CAPTURE(length);
    CHECK(hashSlot(key) == (slowCrc(key) & 0x3fff));
    char byte = static_cast<char>(length * 37);
    if (byte == '{') byte = '\0';
    key.push_back(byte);
  }
}
