#include "uv/loop.h"

#include "base/check.h"

namespace slotway {

Loop::Loop()
    : prepare_(new uv_prepare_t),
      check_(new uv_check_t),
      readBuffer_(new char[kReadBytes]),
      writeBuffer_(new char[kReadBytes]),
      thread_(std::this_thread::get_id()) {
  CHECK_THAT(uv_loop_init(&loop_) == 0);
  uv_prepare_init(&loop_, prepare_.get());
  prepare_->data = this;
  uv_prepare_start(prepare_.get(), Trampoline<&Loop::onPrepare>::call<uv_prepare_t>);
  uv_check_init(&loop_, check_.get());
  check_->data = this;
  uv_check_start(check_.get(), Trampoline<&Loop::onCheck>::call<uv_check_t>);
}

Loop::~Loop() {
  prepare_.reset();
  check_.reset();
  // Everything else has been closed by its owner; this runs the close callbacks that are still due.
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK_THAT(uv_loop_close(&loop_) == 0);
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  uv_run(&loop_, UV_RUN_DEFAULT);
}

void Loop::stop() { uv_stop(&loop_); }

// Before the poll: timers ran since the last turn end, and their output must not wait for the next event.
void Loop::onPrepare() {
  if (turnEnd_) turnEnd_();
  nowUs_ = 0;
}

void Loop::onCheck() {
  if (turnEnd_) turnEnd_();
}

}  // namespace slotway
