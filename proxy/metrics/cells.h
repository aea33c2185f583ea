// The numbers of one thread: a block of cells that only this thread writes (relaxed load and store, no read-modify-write)
// and the scrape reads. Per-command cells are there for every row of the command table.
//
//     worker 0: Cells --+
//     worker 1: Cells --+--> Exposition sums --> /metrics
//     control:  Cells --+
//
// Owner: the Worker (or Control). Thread: written by its owner's, read by any.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "metrics/failures.h"
#include "metrics/rows.h"

namespace slotway {

#define SLOTWAY_NAME(name, ...) name,
#define SLOTWAY_ONE(...) +1
#define SLOTWAY_NONE(...)
enum class Counter : uint8_t { SLOTWAY_METRICS(SLOTWAY_NAME, SLOTWAY_NONE, SLOTWAY_NONE) };
enum class Gauge : uint8_t { SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_NAME, SLOTWAY_NONE) };
enum class Histogram : uint8_t { SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_NONE, SLOTWAY_NAME) };
inline constexpr size_t kCounters = 0 SLOTWAY_METRICS(SLOTWAY_ONE, SLOTWAY_NONE, SLOTWAY_NONE);
inline constexpr size_t kGauges = 0 SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_ONE, SLOTWAY_NONE);
inline constexpr size_t kHistograms = 0 SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_NONE, SLOTWAY_ONE);
#undef SLOTWAY_NAME
#undef SLOTWAY_ONE

/// Values of the labels of Counter::Bytes.
enum class Direction : uint8_t { ClientIn, ClientOut, UpstreamIn, UpstreamOut };
/// Values of the labels of Counter::ClientPauses.
enum class PauseReason : uint8_t {
  Requests,  ///< limits.client_requests_in_flight, or fewer where others want their share
  Bytes,     ///< limits.client_bytes_in_flight
  Output,    ///< answers that it has not read
  Memory,    ///< either of the last two, lowered while limits.memory is nearly used
};
/// Values of the labels of Counter::TopologyRefreshes.
enum class RefreshCause : uint8_t { Start, Periodic, Moved, LinkFailure, ClusterDown, Unconfirmed };
/// Values of the labels of Counter::Retries. The first ones are those of RedirectKind, in its order.
enum class RetryReason : uint8_t { Moved, Ask, TryAgain, ClusterDown, Loading, MasterDown, ReadOnly, Unblocked, LinkLost, Rerouted,
                                   NoScript };

/// One cell: one writer, any reader.
class Cell {
 public:
  void add(uint64_t count) { value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed); }
  void set(uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

inline constexpr size_t kBuckets = 12;

/// Upper bounds of a histogram's buckets, the last of which has none, and where to begin to look for a value's: with
/// the first bucket that numbers of so many binary digits may be in.
struct Bounds {
  std::array<uint64_t, kBuckets - 1> upper;
  std::array<uint8_t, 65> firstOf{};

  constexpr explicit Bounds(std::array<uint64_t, kBuckets - 1> bounds) : upper(bounds) {
    for (size_t digits = 1; digits < firstOf.size(); ++digits) firstOf[digits] = search(uint64_t{1} << (digits - 1), 0);
  }
  constexpr size_t bucketOf(uint64_t value) const {
    return search(value, firstOf[static_cast<size_t>(std::bit_width(value | 1))]);  // 0 and 1 are in the first one
  }

 private:
  constexpr uint8_t search(uint64_t value, uint8_t from) const {
    while (from < upper.size() && value > upper[from]) ++from;
    return from;
  }
};

struct HistogramCells {
  std::array<Cell, kBuckets> buckets;  ///< the last one is +Inf
  Cell sum;

  void observe(uint64_t value, const Bounds& bounds) {
    buckets[bounds.bucketOf(value)].add(1);
    sum.add(value);
  }
};

/// In microseconds: from 50 us to 5 s.
inline constexpr Bounds kTimeBoundsUs{std::array<uint64_t, kBuckets - 1> {50,    100,   250,    500,    1000,   2500,
                                                                    10000, 50000, 250000, 1000000, 5000000}};
inline constexpr Bounds kWidthBounds{std::array<uint64_t, kBuckets - 1>{1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000}};

enum class Unit : uint8_t { Microseconds, Number };

constexpr const Bounds& boundsOf(Unit unit) {
  return unit == Unit::Number ? kWidthBounds : kTimeBoundsUs;
}
constexpr Unit unitOf(Histogram histogram) {
#define SLOTWAY_UNIT(name, exposed, labels, unit, help) Unit::unit,
  constexpr Unit kUnits[] = {SLOTWAY_METRICS(SLOTWAY_NONE, SLOTWAY_NONE, SLOTWAY_UNIT)};
#undef SLOTWAY_UNIT
  return kUnits[static_cast<size_t>(histogram)];
}
#undef SLOTWAY_NONE

class Cells {
 public:
  static constexpr size_t kLabels = 32;     ///< values of a label at most
  static constexpr size_t kCommands = 1024; ///< rows of the command table at most (CommandTable::kMaxCommands)

  void add(Counter counter, uint64_t count = 1) { counters_[static_cast<size_t>(counter)][0].add(count); }
  template <class Label>
  void add(Counter counter, Label label, uint64_t count) {
    counters_[static_cast<size_t>(counter)][static_cast<size_t>(label)].add(count);
  }
  void set(Gauge gauge, uint64_t value) { gauges_[static_cast<size_t>(gauge)].set(value); }
  void observe(Histogram histogram, uint64_t value) {
    histograms_[static_cast<size_t>(histogram)].observe(value, boundsOf(unitOf(histogram)));
  }
  void fail(Failure failure) { add(Counter::Failures, failure, 1); }

  /// A request of the command with this index was answered after so long.
  void request(size_t commandIndex, uint64_t microseconds) {
    commands_[commandIndex].observe(microseconds, kTimeBoundsUs);
  }

  uint64_t get(Counter counter, size_t label = 0) const { return counters_[static_cast<size_t>(counter)][label].get(); }
  uint64_t get(Gauge gauge) const { return gauges_[static_cast<size_t>(gauge)].get(); }
  const HistogramCells& histogram(Histogram histogram) const { return histograms_[static_cast<size_t>(histogram)]; }
  const HistogramCells& command(size_t index) const { return commands_[index]; }

 private:
  std::array<std::array<Cell, kLabels>, kCounters> counters_;
  std::array<Cell, kGauges> gauges_;
  std::array<HistogramCells, kHistograms> histograms_;
  std::array<HistogramCells, kCommands> commands_;
};

}  // namespace slotway
