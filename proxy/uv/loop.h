// One thread's event loop and its clock, with the end of a turn as an event: what was queued while handling events leaves
// then, in one write per link and one per client.
//
//     poll -> events handled, output queued -> (more than one read: a second look, without waiting) -> turn end -> poll ...
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
  static constexpr size_t kReadBytes = 64 * 1024;

  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Called at the end of every turn in which anything may have happened.
  void setTurnEnd(std::function<void()> onTurnEnd) { turnEnd_ = std::move(onTurnEnd); }

  /// Turns until stop(). The calling thread becomes the loop's thread.
  void run();
  /// One turn: waits for events, handles them and calls what was set as its end.
  void turn();
  void stop() { stopped_ = true; }
  /// Streams tell of each read: see turn().
  void countRead() { ++reads_; }
  bool onThread() const { return thread_ == std::this_thread::get_id(); }

  /// Milliseconds of libuv's clock at the start of this turn.
  uint64_t nowMs() const { return uv_now(&loop_); }
  /// Microseconds of the monotonic clock, read once per turn.
  uint64_t nowUs() {
    if (nowUs_ == 0) nowUs_ = monotonicUs();
    return nowUs_;
  }
  /// The same clock, read now. Any thread.
  static uint64_t monotonicUs() { return uv_hrtime() / 1000; }

  /// What one read may fill; whoever reads must have copied what it keeps when its callback returns.
  char* readBuffer() { return readBuffer_.get(); }
  /// Small pieces are gathered here into one write; free again when the write returns.
  char* writeBuffer() { return writeBuffer_.get(); }

  uv_loop_t* raw() { return &loop_; }

 private:
  uv_loop_t loop_;
  std::function<void()> turnEnd_;
  std::unique_ptr<char[]> readBuffer_;
  std::unique_ptr<char[]> writeBuffer_;
  std::thread::id thread_;
  uint64_t nowUs_ = 0;
  uint32_t reads_ = 0;  ///< of this turn
  bool stopped_ = false;
};

}  // namespace slotway
