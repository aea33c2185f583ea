#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <utility>

#include "base/check.h"

namespace slotway {
namespace {

// Size classes are powers of two from 64 B to 64 KiB, and one of all that is larger: few enough to look for one that fits.
constexpr size_t kSmallestShift = 6;
constexpr size_t kLarge = 11;
constexpr size_t kClasses = kLarge + 1;
// At most this much idle storage a class and thread: bursts are given back (the pitfall of ever-growing free lists).
constexpr size_t kIdleBytesPerClass = 1024 * 1024;
// New pages cost about as much as the bytes that come through them, so who works with large values keeps some.
constexpr size_t kIdleLargeBytes = 4 * kIdleBytesPerClass;

struct FreeBlock {
  FreeBlock* next;
  size_t capacity;
};

size_t classOf(size_t capacity) {
  const size_t shift = static_cast<size_t>(std::bit_width(capacity - 1));
  return shift <= kSmallestShift ? 0 : std::min(shift - kSmallestShift, kLarge);
}

struct FreeLists {
  std::array<FreeBlock*, kClasses> head{};
  std::array<size_t, kClasses> idle{};       ///< bytes
  std::array<size_t, kClasses> leastIdle{};  ///< since the last shed()
  int64_t inUse = 0;                         ///< bytes that are not here

  ~FreeLists() { trim(); }

  /// The first that is large enough; nullptr: there is none.
  FreeBlock* take(size_t sizeClass, size_t capacity) {
    FreeBlock** link = &head[sizeClass];
    while (*link != nullptr && (*link)->capacity < capacity) link = &(*link)->next;
    FreeBlock* const block = *link;
    if (block == nullptr) return nullptr;
    *link = block->next;
    idle[sizeClass] -= block->capacity;
    leastIdle[sizeClass] = std::min(leastIdle[sizeClass], idle[sizeClass]);
    return block;
  }

  void trim() {
    for (size_t i = 0; i < kClasses; ++i) drop(i, idle[i]);
  }

  size_t shed() {
    size_t dropped = 0;
    for (size_t i = 0; i < kClasses; ++i) {
      dropped += leastIdle[i];
      drop(i, leastIdle[i]);
    }
    leastIdle = idle;
    return dropped;
  }

 private:
  void drop(size_t sizeClass, size_t bytes) {
    const size_t left = idle[sizeClass] - bytes;
    while (idle[sizeClass] > left) {
      FreeBlock* const block = std::exchange(head[sizeClass], head[sizeClass]->next);
      idle[sizeClass] -= block->capacity;
      std::free(block);
    }
    leastIdle[sizeClass] = std::min(leastIdle[sizeClass], idle[sizeClass]);
  }
};

thread_local FreeLists freeLists;

char* take(size_t capacity, size_t& granted) {
  const size_t sizeClass = classOf(capacity);
  FreeBlock* const block = freeLists.take(sizeClass, capacity);
  granted = block != nullptr ? block->capacity : sizeClass == kLarge ? capacity : size_t{1} << (sizeClass + kSmallestShift);
  freeLists.inUse += static_cast<int64_t>(granted);
  if (block != nullptr) return reinterpret_cast<char*>(block);
  char* memory = static_cast<char*>(std::malloc(granted));
  CHECK_THAT(memory != nullptr);
  return memory;
}

void give(char* memory, size_t capacity) {
  freeLists.inUse -= static_cast<int64_t>(capacity);
  const size_t sizeClass = classOf(capacity);
  if (freeLists.idle[sizeClass] + capacity > (sizeClass == kLarge ? kIdleLargeBytes : kIdleBytesPerClass)) {
    std::free(memory);
    return;
  }
  FreeBlock* block = reinterpret_cast<FreeBlock*>(memory);
  *block = {freeLists.head[sizeClass], capacity};
  freeLists.head[sizeClass] = block;
  freeLists.idle[sizeClass] += capacity;
}

}  // namespace

void Bytes::grow(size_t capacity) {
  const size_t wanted = std::max(capacity, capacity_ + capacity_ / 2);
  if (data_ != nullptr && classOf(capacity_) == kLarge) {
    // What is large the allocator moves by the page: nothing is copied, and never is it there twice.
    data_ = static_cast<char*>(std::realloc(data_, wanted));
    CHECK_THAT(data_ != nullptr);
    freeLists.inUse += static_cast<int64_t>(wanted - capacity_);
    capacity_ = wanted;
    return;
  }
  size_t granted = 0;
  char* memory = take(wanted, granted);
  if (size_ != 0) std::memcpy(memory, data_, size_);
  if (data_ != nullptr) give(data_, capacity_);
  data_ = memory;
  capacity_ = granted;
}

void Bytes::giveBack() {
  give(data_, capacity_);
  data_ = nullptr;
  size_ = capacity_ = 0;
}

void Bytes::dropFront(size_t count) {
  CHECK_THAT(count <= size_);
  size_ -= count;
  if (size_ != 0) std::memmove(data_, data_ + count, size_);
}

int64_t Bytes::inUse() { return freeLists.inUse; }

void Weight::set(size_t bytes) {
  freeLists.inUse += static_cast<int64_t>(bytes) - static_cast<int64_t>(bytes_);
  bytes_ = bytes;
}

size_t Bytes::shedFreeLists() { return freeLists.shed(); }

void Bytes::trimFreeLists() { freeLists.trim(); }

}  // namespace slotway
