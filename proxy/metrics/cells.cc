#include "metrics/cells.h"

namespace slotway {

void Cells::observe(Histogram histogram, uint64_t value) {
  histograms_[static_cast<size_t>(histogram)].observe(
      value, histogram == Histogram::FanOutWidth ? kWidthBounds : kTimeBoundsUs);
}

}  // namespace slotway
