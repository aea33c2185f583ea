// One thread's event loop and its clock. A turn looks for events, a few times without waiting while there are many, and has
// two moments at which what was queued while handling them leaves:
//
//     wait -> events -> onHandled(): answers --several reads? look again--> events -> onHandled() ... -> onTurnEnd(): the rest
//
// So what answers somebody leaves at once, and what goes to where more is going (a node's link) leaves once per turn: while
// answers are written, those who got theirs send again, and all that shares one write.
//
// Owner: a Worker or Control. Thread: the one that runs it; only stop() through a Mailbox from elsewhere.
#pragma once
#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "uv/handle.h"

namespace slotway {

class Loop {
 public:
  static constexpr size_t kReadBytes = 128 * 1024;
  static constexpr size_t kLeastReadBytes = 4 * 1024;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Called when the events of one look have been handled.
  void setHandled(std::function<void()> onHandled) { handled_ = std::move(onHandled); }
  /// Called at the end of every turn, and once before the first.
  void setTurnEnd(std::function<void()> onTurnEnd) { turnEnd_ = std::move(onTurnEnd); }

  /// Turns until stop(). The calling thread becomes the loop's thread.
  void run();
  /// One turn.
  void turn();
  void stop() { stopped_ = true; }
  /// Timers tell when they fire: what they did leaves before the loop waits.
  void noteTimer() { timerFired_ = true; }
  /// Streams tell of each read: one alone is not worth another look.
  void countRead(size_t bytes) {
    ++reads_;
    countGrowth(bytes);
  }
  bool onThread() const { return thread_ == std::this_thread::get_id(); }

  /// Milliseconds of libuv's clock at the start of this turn.
  uint64_t nowMs() const { return uv_now(&loop_); }
  /// Microseconds of the monotonic clock, read once per look.
  uint64_t nowUs() {
    if (nowUs_ == 0) nowUs_ = monotonicUs();
    return nowUs_;
  }
  /// The same clock, read now. Any thread.
  static uint64_t monotonicUs() { return uv_hrtime() / 1000; }

  /// What one read may fill; whoever reads must have copied what it keeps when its callback returns.
  char* readBuffer() { return readBuffer_.get(); }
  /// Tells whether so much memory is in use that only what gives some back may be read.
  void setFull(std::function<bool()> full) { isFull_ = std::move(full); }
  /// Memory may have come to hold so much more: what was read, and copies of it.
  void countGrowth(size_t bytes) { grownBytes_ += bytes; }
  bool fullNow() {
    grownBytes_ = 0;
    return full_ = isFull_();
  }
  /// The same, for where much passes: asked anew when memory may have grown by some kilobytes since, or while it is full.
  bool full() { return (full_ || grownBytes_ >= kLeastReadBytes) && fullNow(); }
  /// What is read nevertheless, since memory comes back with it, is read in small pieces.
  size_t readRoom() { return full() ? kLeastReadBytes : kReadBytes; }
  /// Small pieces are gathered here into one write; free again when the write returns.
  char* writeBuffer() { return writeBuffer_.get(); }

  uv_loop_t* raw() { return &loop_; }
  /// The one that a handle belongs to.
  template <class Handle>
  static Loop& of(const Handle& handle) { return *static_cast<Loop*>(handle.loop->data); }

 private:
  void look(uv_run_mode mode);
  void onPrepare();

  uv_loop_t loop_;
  HandlePtr<uv_prepare_t> prepare_;
  std::function<void()> handled_ = [] {};
  std::function<void()> turnEnd_ = [] {};
  std::function<bool()> isFull_ = [] { return false; };
  std::unique_ptr<char[]> readBuffer_;
  std::unique_ptr<char[]> writeBuffer_;
  std::thread::id thread_;
  uint64_t nowUs_ = 0;
  uint32_t reads_ = 0;     ///< of this look
  size_t grownBytes_ = 0;  ///< since fullNow()
  bool full_ = false;      ///< it was then
  bool timerFired_ = false;
  bool stopped_ = false;
};

}  // namespace slotway
