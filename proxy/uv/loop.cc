#include "uv/loop.h"

#include "base/check.h"

namespace slotway {

Loop::Loop()
    : readBuffer_(new char[kReadBytes]), writeBuffer_(new char[kReadBytes]), thread_(std::this_thread::get_id()) {
  CHECK_THAT(uv_loop_init(&loop_) == 0);
  loop_.data = this;
}

Loop::~Loop() {
  // Everything has been closed by its owner; this runs the close callbacks that are still due.
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK_THAT(uv_loop_close(&loop_) == 0);
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  if (turnEnd_) turnEnd_();  // what was queued before there was a turn
  while (!stopped_) turn();
}

void Loop::turn() {
  nowUs_ = 0;
  reads_ = 0;
  uv_run(&loop_, UV_RUN_ONCE);
  // Others wrote while the first ones were handled; what they sent shares this turn's writes. One alone is not kept.
  if (reads_ > 1) uv_run(&loop_, UV_RUN_NOWAIT);
  if (turnEnd_) turnEnd_();
}

}  // namespace slotway
