#include "uv/signals.h"

namespace slotway {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> onSignal)
    : onSignal_(std::move(onSignal)) {
  for (const int number : numbers) {
    HandlePtr<uv_signal_t> handle(new uv_signal_t);
    uv_signal_init(loop.raw(), handle.get());
    handle->data = this;
    uv_signal_start(handle.get(), Trampoline<&Signals::onRaised>::call<uv_signal_t>, number);
    handles_.push_back(std::move(handle));
  }
}

void Signals::onRaised(int number) { onSignal_(number); }

}  // namespace slotway
