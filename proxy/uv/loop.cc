#include "uv/loop.h"

#include <utility>

#include "base/check.h"

namespace slotway {
namespace {

// More looks gather more for each write, and what came first waits for them all; beyond a few nothing is gained.
constexpr int kLooksPerTurn = 5;

}  // namespace

Loop::Loop()
    : prepare_(new uv_prepare_t),
      readBuffer_(new char[kReadBytes]),
      writeBuffer_(new char[kReadBytes]),
      thread_(std::this_thread::get_id()) {
  CHECK_THAT(uv_loop_init(&loop_) == 0);
  loop_.data = this;
  uv_prepare_init(&loop_, prepare_.get());
  prepare_->data = this;
  uv_prepare_start(prepare_.get(), Trampoline<&Loop::onPrepare>::call<uv_prepare_t>);
}

Loop::~Loop() {
  prepare_.reset();
  // Everything has been closed by its owner; this runs the close callbacks that are still due.
  uv_run(&loop_, UV_RUN_DEFAULT);
  CHECK_THAT(uv_loop_close(&loop_) == 0);
}

void Loop::run() {
  thread_ = std::this_thread::get_id();
  turnEnd_();  // what was queued before there was a turn
  while (!stopped_) turn();
}

void Loop::turn() {
  look(UV_RUN_ONCE);
  for (int looks = 1; looks < kLooksPerTurn && reads_ > 1; ++looks) look(UV_RUN_NOWAIT);
  turnEnd_();
}

// libuv runs timers that are due before it waits, too; their output must not wait with it.
void Loop::onPrepare() {
  if (!std::exchange(timerFired_, false)) return;
  handled_();
  turnEnd_();
  nowUs_ = 0;
  if (stopped_) uv_stop(&loop_);  // nobody may be left who would end the wait
}

void Loop::look(uv_run_mode mode) {
  nowUs_ = 0;
  reads_ = 0;
  timerFired_ = false;
  uv_run(&loop_, mode);
  handled_();
}

}  // namespace slotway
