// The one way into a thread: letters are queued under a lock that is held for a push or a swap only, and handled on the
// loop's thread in the order they were posted.
//
//     any thread: post(letter) -> [ queue ] -uv_async-> loop's thread: onLetter(letter)
//
// Owner: the Worker or Control whose thread it wakes. Thread: post() any; the rest the loop's.
#pragma once
#include <functional>
#include <mutex>
#include <vector>

#include "uv/loop.h"

namespace slotway {

template <class Letter>
class Mailbox {
 public:
  Mailbox(Loop& loop, std::function<void(Letter&)> onLetter) : async_(new uv_async_t), onLetter_(std::move(onLetter)) {
    uv_async_init(loop.raw(), async_.get(), Trampoline<&Mailbox::onWake>::template call<uv_async_t>);
    async_->data = this;
  }

  /// A letter posted after close() is dropped.
  void post(Letter letter) {
    std::lock_guard lock(mutex_);
    if (async_ == nullptr) return;
    queue_.push_back(std::move(letter));
    uv_async_send(async_.get());
  }

  /// No letter is handled after this.
  void close() {
    std::lock_guard lock(mutex_);
    async_.reset();
    queue_.clear();
  }

 private:
  void onWake() {
    {
      std::lock_guard lock(mutex_);
      reading_.swap(queue_);
    }
    for (Letter& letter : reading_) onLetter_(letter);
    reading_.clear();
  }

  std::mutex mutex_;
  HandlePtr<uv_async_t> async_;
  std::vector<Letter> queue_;
  std::vector<Letter> reading_;
  std::function<void(Letter&)> onLetter_;
};

}  // namespace slotway
