#include "uv/timer.h"

namespace slotway {

Timer::Timer(Loop& loop, std::function<void()> onFire) : handle_(new uv_timer_t), onFire_(std::move(onFire)) {
  uv_timer_init(loop.raw(), handle_.get());
  handle_->data = this;
}

void Timer::start(uint64_t delayMs, uint64_t repeatMs) {
  uv_timer_start(handle_.get(), Trampoline<&Timer::onTimeout>::call<uv_timer_t>, delayMs, repeatMs);
}

void Timer::stop() { uv_timer_stop(handle_.get()); }

bool Timer::active() const { return uv_is_active(reinterpret_cast<const uv_handle_t*>(handle_.get())) != 0; }

void Timer::onTimeout() {
  Loop::of(*handle_).noteTimer();
  // It may be the end of this timer.
  const std::function<void()> onFire = onFire_;
  onFire();
}

}  // namespace slotway
