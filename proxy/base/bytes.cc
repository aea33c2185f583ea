#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "base/check.h"

namespace slotway {
namespace {

// Size classes are powers of two from 64 B to 64 KiB; what is larger is the allocator's business.
constexpr size_t kSmallestShift = 6;
constexpr size_t kClasses = 11;
// At most this much idle storage a class and thread: bursts are given back (the pitfall of ever-growing free lists).
constexpr size_t kIdleBytesPerClass = 1024 * 1024;

struct FreeBlock {
  FreeBlock* next;
};

struct FreeLists {
  std::array<FreeBlock*, kClasses> head{};
  std::array<size_t, kClasses> idle{};

  ~FreeLists() { trim(); }

  void trim() {
    for (size_t i = 0; i < kClasses; ++i) {
      while (FreeBlock* block = head[i]) {
        head[i] = block->next;
        std::free(block);
      }
      idle[i] = 0;
    }
  }
};

thread_local FreeLists freeLists;

size_t classOf(size_t capacity) {
  const size_t shift = static_cast<size_t>(std::bit_width(capacity - 1));
  return shift <= kSmallestShift ? 0 : shift - kSmallestShift;
}

char* take(size_t capacity, size_t& granted) {
  const size_t sizeClass = classOf(capacity);
  if (sizeClass >= kClasses) {
    granted = capacity;
  } else {
    granted = size_t{1} << (sizeClass + kSmallestShift);
    if (FreeBlock* block = freeLists.head[sizeClass]) {
      freeLists.head[sizeClass] = block->next;
      freeLists.idle[sizeClass] -= granted;
      return reinterpret_cast<char*>(block);
    }
  }
  char* memory = static_cast<char*>(std::malloc(granted));
  CHECK_THAT(memory != nullptr);
  return memory;
}

void give(char* memory, size_t capacity) {
  const size_t sizeClass = classOf(capacity);
  if (sizeClass >= kClasses || freeLists.idle[sizeClass] + capacity > kIdleBytesPerClass) {
    std::free(memory);
    return;
  }
  FreeBlock* block = reinterpret_cast<FreeBlock*>(memory);
  block->next = freeLists.head[sizeClass];
  freeLists.head[sizeClass] = block;
  freeLists.idle[sizeClass] += capacity;
}

}  // namespace

void Bytes::grow(size_t capacity) {
  const size_t wanted = std::max(capacity, capacity_ + capacity_ / 2);
  size_t granted = 0;
  char* memory = take(wanted, granted);
  if (size_ != 0) std::memcpy(memory, data_, size_);
  if (data_ != nullptr) give(data_, capacity_);
  data_ = memory;
  capacity_ = granted;
}

void Bytes::release() {
  if (data_ != nullptr) give(data_, capacity_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

void Bytes::dropFront(size_t count) {
  CHECK_THAT(count <= size_);
  size_ -= count;
  if (size_ != 0) std::memmove(data_, data_ + count, size_);
}

void Bytes::trimFreeLists() { freeLists.trim(); }

}  // namespace slotway
