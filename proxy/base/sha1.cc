#include "base/sha1.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace slotway {
namespace {

constexpr size_t kBlockBytes = 64;
constexpr size_t kLengthBytes = 8;

using State = std::array<uint32_t, 5>;

// What is mixed in, and with which constant, changes every 20 steps.
uint32_t choose(size_t step, uint32_t b, uint32_t c, uint32_t d) {
  switch (step / 20) {
    case 0: return ((b & c) | (~b & d)) + 0x5A827999;
    case 1: return (b ^ c ^ d) + 0x6ED9EBA1;
    case 2: return ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC;
    default: return (b ^ c ^ d) + 0xCA62C1D6;
  }
}

void readWords(const unsigned char* block, std::array<uint32_t, 80>& words) {
  for (size_t i = 0; i < 16; ++i) {
    const unsigned char* at = block + i * 4;
    words[i] = uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
  }
  for (size_t i = 16; i < words.size(); ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
}

void addBlock(const unsigned char* block, State& state) {
  std::array<uint32_t, 80> words;
  readWords(block, words);
  auto [a, b, c, d, e] = state;
  for (size_t step = 0; step < words.size(); ++step) {
    const uint32_t next = std::rotl(a, 5) + choose(step, b, c, d) + e + words[step];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State mixed{a, b, c, d, e};
  for (size_t i = 0; i < state.size(); ++i) state[i] += mixed[i];
}

// What is left behind the last whole block, a bit, zeros, and the length in bits.
void addEnd(Slice rest, uint64_t bytes, State& state) {
  std::array<unsigned char, 2 * kBlockBytes> end{};
  if (!rest.empty()) std::memcpy(end.data(), rest.data(), rest.size());
  end[rest.size()] = 0x80;
  const size_t size = rest.size() < kBlockBytes - kLengthBytes ? kBlockBytes : 2 * kBlockBytes;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    end[size - 1 - i] = static_cast<unsigned char>(bytes * 8 >> i * 8);
  }
  for (size_t at = 0; at < size; at += kBlockBytes) addBlock(end.data() + at, state);
}

}  // namespace

std::string sha1Hex(Slice bytes) {
  State state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  Slice rest = bytes;
  for (; rest.size() >= kBlockBytes; rest.remove_prefix(kBlockBytes)) {
    addBlock(reinterpret_cast<const unsigned char*>(rest.data()), state);
  }
  addEnd(rest, bytes.size(), state);
  std::string hex;
  for (const uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> shift & 15];
  }
  return hex;
}

}  // namespace slotway
