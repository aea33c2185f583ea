// Tells of signals on the loop's thread.
// Owner: Control. Thread: the loop's.
#pragma once
#include <functional>
#include <initializer_list>
#include <vector>

#include "uv/loop.h"

namespace slotway {

class Signals {
 public:
  Signals(Loop& loop, std::initializer_list<int> numbers, std::function<void(int)> onSignal);

 private:
  void onRaised(int number);

  std::vector<HandlePtr<uv_signal_t>> handles_;
  std::function<void(int)> onSignal_;
};

}  // namespace slotway
