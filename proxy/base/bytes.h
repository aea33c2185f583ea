// Bytes: a growable run of bytes whose storage comes from free lists by size class, so that the steady state allocates
// nothing and an empty one holds nothing. Requests on their way up, replies on their way down.
// Owner: whoever holds it (move only). Thread: the free lists are thread-local; a Bytes may be moved to another thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/path.h"
#include "base/slice.h"

namespace slotway {

class Bytes {
 public:
  static constexpr size_t kRecycledBytes = 256;

  Bytes() = default;
  explicit Bytes(Slice bytes) { append(bytes); }
  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    if (this != &other) {
      release();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { release(); }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }
  char* data() { return data_; }
  const char* data() const { return data_; }
  Slice slice() const { return {data_, size_}; }

  void append(Slice bytes) {
    if (bytes.empty()) return;
    reserve(size_ + bytes.size());
    std::memcpy(data_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// After this there is room for `capacity` bytes in all. Growth is at least by half, so appending is linear.
  void reserve(size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }
  /// The room behind what is there, to be filled by a read and then taken with added().
  char* tail() { return data_ + size_; }
  size_t room() const { return capacity_ - size_; }
  void added(size_t count) { size_ += count; }

  /// Drops the first `count` bytes by moving the rest to the front.
  void dropFront(size_t count);
  /// Keeps the storage.
  void truncate(size_t size) { size_ = size; }
  /// Gives the storage back.
  void clear() { release(); }
  /// For one that is soon filled again: gives back all but small storage.
  void recycle() {
    size_ = 0;
    if (capacity_ > kRecycledBytes) release();
  }

  /// Storage that this thread has made for all of them, and Weights, less what it has given back; what was moved to another
  /// thread is given back there, so that only the sum over all threads is never below 0.
  static int64_t inUse();
  /// Gives back what nobody has needed of this thread's free lists since the last call. Returns how many bytes.
  static size_t shedFreeLists();
  /// Gives this thread's free lists back to the allocator, for who counts allocations; a thread that ends does it by itself.
  static void trimFreeLists();

 private:
  SLOTWAY_APART void grow(size_t capacity);
  void release() {
    if (data_ != nullptr) giveBack();
  }
  SLOTWAY_APART void giveBack();

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

/// Memory that something else than Bytes takes because a peer wants it, about: counted with theirs while this lives.
class Weight {
 public:
  explicit Weight(size_t bytes = 0) { set(bytes); }
  Weight(Weight&& other) noexcept : bytes_(std::exchange(other.bytes_, 0)) {}
  Weight& operator=(Weight&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Weight() { set(0); }

  void set(size_t bytes);
  size_t bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

}  // namespace slotway
