// Objects that are used again instead of being freed and made: the steady state allocates nothing.
// What an object keeps of its last use (vectors with room, say) is its own business: take() gives it back as it was left.
// Owner: one per worker. Thread: the owner's.
#pragma once
#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace slotway {

template <class T>
class Pool {
 public:
  /// At most this many objects wait; what a burst made beyond it is freed.
  explicit Pool(size_t mostIdle) : mostIdle_(mostIdle) {}

  std::unique_ptr<T> take() {
    ++inUse_;
    if (idle_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> object = std::move(idle_.back());
    idle_.pop_back();
    leastIdle_ = std::min(leastIdle_, idle_.size());
    return object;
  }

  void give(std::unique_ptr<T> object) {
    --inUse_;
    if (idle_.size() < mostIdle_) idle_.push_back(std::move(object));
  }

  /// Taken and not given back yet.
  size_t inUse() const { return inUse_; }
  /// Their size, without what they own.
  size_t bytesInUse() const { return inUse_ * sizeof(T); }

  /// Frees the objects that nobody has needed since the last call: a burst is given back. Returns their size in bytes.
  size_t shed() {
    const size_t count = leastIdle_;
    idle_.erase(idle_.begin(), idle_.begin() + static_cast<ptrdiff_t>(count));
    leastIdle_ = idle_.size();
    return count * sizeof(T);
  }

 private:
  const size_t mostIdle_;
  std::vector<std::unique_ptr<T>> idle_;
  size_t inUse_ = 0;
  size_t leastIdle_ = 0;  ///< since the last shed()
};

}  // namespace slotway
