#include "uv/loop.h"

#include "base/check.h"

namespace slotway {
namespace {

// More looks gather more for each write, and what came first waits for them all; beyond a few nothing is gained.
constexpr int kLooksPerTurn = 5;

}  // namespace

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
  turnEnd_();  // what was queued before there was a turn
  while (!stopped_) turn();
}

void Loop::turn() {
  look(UV_RUN_ONCE);
  for (int looks = 1; looks < kLooksPerTurn && reads_ > 1; ++looks) look(UV_RUN_NOWAIT);
  turnEnd_();
}

void Loop::look(uv_run_mode mode) {
  nowUs_ = 0;
  reads_ = 0;
  uv_run(&loop_, mode);
  handled_();
}

}  // namespace slotway
