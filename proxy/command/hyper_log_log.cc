#include "command/hyper_log_log.h"

#include <algorithm>
#include <cmath>

namespace slotway {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kEncodingAt = 4;
constexpr unsigned kRegisterBits = 6;
constexpr size_t kHashBits = 50;  // that are left for a register's value

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; z != before;) {
    before = z;
    x = std::sqrt(x);
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

double sigma(double x) {
  if (x == 1) return INFINITY;
  double y = 1;
  double z = x;
  for (double before = -1; z != before;) {
    before = z;
    x *= x;
    z += x * y;
    y += y;
  }
  return z;
}

}  // namespace

HyperLogLog::Added HyperLogLog::add(Slice text) {
  if (text.size() < kHeaderBytes || !text.starts_with("HYLL")) return Added::NotOne;
  const auto encoding = static_cast<unsigned char>(text[kEncodingAt]);
  const Slice body = text.substr(kHeaderBytes);
  if (encoding == 0) return addDense(body);
  return encoding == 1 ? addSparse(body) : Added::NotOne;
}

void HyperLogLog::raise(size_t index, uint8_t value) { registers_[index] = std::max(registers_[index], value); }

// Six bits each, from the lowest bit of the first byte on.
HyperLogLog::Added HyperLogLog::addDense(Slice packed) {
  if (packed.size() != kRegisters * kRegisterBits / 8) return Added::NotOne;
  unsigned bits = 0;
  unsigned held = 0;
  size_t at = 0;
  for (size_t i = 0; i < kRegisters; ++i) {
    if (held < kRegisterBits) {
      bits |= static_cast<unsigned>(static_cast<unsigned char>(packed[at++])) << held;
      held += 8;
    }
    raise(i, bits & 63);
    bits >>= kRegisterBits;
    held -= kRegisterBits;
  }
  return Added::Yes;
}

// Runs: 00nnnnnn n+1 zeros; 01nnnnnn nnnnnnnn the same; 1vvvvvnn n+1 times the value v+1.
HyperLogLog::Added HyperLogLog::addSparse(Slice runs) {
  size_t index = 0;
  for (size_t at = 0; at < runs.size(); ++at) {
    const auto byte = static_cast<unsigned char>(runs[at]);
    if ((byte & 0x80) != 0) {
      const size_t length = (byte & 3) + 1u;
      if (index + length > kRegisters) return Added::Corrupt;
      for (const size_t end = index + length; index < end; ++index) raise(index, static_cast<uint8_t>((byte >> 2 & 31) + 1));
    } else if ((byte & 0x40) != 0) {
      if (++at == runs.size()) return Added::Corrupt;
      index += (size_t{byte & 0x3fu} << 8 | static_cast<unsigned char>(runs[at])) + 1;
    } else {
      index += byte + 1u;
    }
  }
  return index == kRegisters ? Added::Yes : Added::Corrupt;
}

uint64_t HyperLogLog::count() const {
  constexpr auto kAll = static_cast<double>(kRegisters);
  std::array<unsigned, 64> histogram{};
  for (const uint8_t value : registers_) ++histogram[value];
  double sum = kAll * tau((kAll - histogram[kHashBits + 1]) / kAll);
  for (size_t value = kHashBits; value > 0; --value) sum = (sum + histogram[value]) * 0.5;
  sum += kAll * sigma(histogram[0] / kAll);
  const double alpha = 0.5 / std::log(2.0);
  return static_cast<uint64_t>(std::llround(alpha * kAll * kAll / sum));
}

}  // namespace slotway
