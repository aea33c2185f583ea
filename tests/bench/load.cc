// The load generator: connections that send what a Workload makes, and what came of it as one JSON object.
//
//     fill (once through all keys) -> warm-up -> measured -> report
//
// One thread. Sockets go through the same Stream as the proxy's, so that it is no better or worse off before any target.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "connection.h"
#include "uv/timer.h"

namespace slotway::bench {
namespace {

constexpr size_t kFillBatch = 64;
constexpr uint64_t kMsPerSecond = 1000;

[[noreturn]] void stop(Slice reason) {
  std::cerr << "slotway_load: " << reason << std::endl;
  std::exit(1);
}

struct CpuUs {
  uint64_t user = 0;
  uint64_t system = 0;
};

CpuUs cpuNow() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) { return static_cast<uint64_t>(time.tv_sec) * 1000000 + static_cast<uint64_t>(time.tv_usec); };
  return {us(usage.ru_utime), us(usage.ru_stime)};
}

class Run final : private ConnectionOwner {
 public:
  Run(const Options& options, Workload workload, std::vector<Destination> destinations)
      : options_(options), workload_(std::move(workload)), destinations_(std::move(destinations)), timer_(loop_, [this] { onTimer(); }) {
    phase_ = options_.idle != 0 ? Phase::Greet : options_.fill ? Phase::Fill : Phase::Warmup;
  }

  void go() {
    const size_t count = options_.idle != 0 ? options_.idle : options_.connections;
    for (size_t i = 0; i < count; ++i) {
      connections_.push_back(std::make_unique<Connection>(loop_, static_cast<ConnectionOwner&>(*this), destinations_[i % destinations_.size()]));
    }
    if (phase_ == Phase::Warmup) startTimer();
    if (phase_ == Phase::Greet) {
      connections_.front()->start();
    } else {
      for (const auto& connection : connections_) connection->start();
    }
    if (phase_ != Phase::Done) loop_.run();
  }

 private:
  enum class Phase : uint8_t { Greet, Fill, Filled, Warmup, Measured, Done };

  void nextBatch(Connection& connection, Bytes& out, ExpectedReplies& expected) override {
    if (phase_ == Phase::Done || phase_ == Phase::Filled) return;
    if (options_.resp3 && !connection.introduced) return introduce(connection, out, expected);
    if (phase_ == Phase::Greet) return greet(connection, out, expected);
    if (phase_ == Phase::Fill) return fill(connection, out, expected);
    for (size_t i = 0; i < options_.pipeline; ++i) workload_.next(connection.destination(), out, expected);
  }

  static void introduce(Connection& connection, Bytes& out, ExpectedReplies& expected) {
    connection.introduced = true;
    out.append("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
    expected.push_back(Expected::Protocol);
  }

  void greet(Connection& connection, Bytes& out, ExpectedReplies& expected) {
    if (connection.filled++ == 0) {
      out.append("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n");
      expected.assign(2, Expected::Any);
      return;
    }
    // One after another, so that what they leave behind is theirs and not that of a burst.
    if (++finished_ == connections_.size()) {
      holdIdle();
    } else {
      connections_[finished_]->start();
    }
  }

  void holdIdle() {
    std::cout << "idle " << connections_.size() << std::endl;
    while (std::cin.get() != EOF) {
    }
    phase_ = Phase::Done;
    loop_.stop();
  }

  // Connections to one destination share its keys: each takes every n-th batch of them.
  void fill(Connection& connection, Bytes& out, ExpectedReplies& expected) {
    size_t& taken = filled_[static_cast<size_t>(&connection.destination() - destinations_.data())];
    while (expected.size() < kFillBatch && workload_.fill(connection.destination(), taken, out)) {
      expected.push_back(Expected::Any);
      ++taken;
    }
    if (expected.empty() && ++finished_ == connections_.size()) endFill();
  }

  void endFill() {
    if (options_.seconds == 0 && options_.requests == 0) return loop_.stop();
    phase_ = Phase::Filled;
    timer_.start(0);
  }

  void warmUp() {
    phase_ = Phase::Warmup;
    startTimer();
    for (const auto& connection : connections_) connection->go();
  }

  void startTimer() { timer_.start(static_cast<uint64_t>(options_.warmup * kMsPerSecond) + 1); }

  void onTimer() {
    if (phase_ == Phase::Filled) return warmUp();
    if (phase_ == Phase::Measured) return finish();
    phase_ = Phase::Measured;
    cpu_ = cpuNow();
    startUs_ = Loop::monotonicUs();
    if (options_.requests == 0) timer_.start(static_cast<uint64_t>(options_.seconds * kMsPerSecond) + 1);
  }

  void finish() {
    phase_ = Phase::Done;
    endUs_ = Loop::monotonicUs();
    const CpuUs now = cpuNow();
    cpu_ = {now.user - cpu_.user, now.system - cpu_.system};
    report();
    loop_.stop();
  }

  void replied(uint64_t microseconds, Slice wrong) override {
    if (phase_ != Phase::Measured) {
      if (!wrong.empty() && phase_ != Phase::Done) stop("a wrong reply before the measurement: " + std::string(wrong));
      return;
    }
    latencies_.push_back(static_cast<uint32_t>(microseconds));
    errors_ += wrong.empty() ? 0 : 1;
    if (latencies_.size() == options_.requests) finish();
  }

  void failed(Slice reason) override { stop(reason); }

  uint64_t percentile(double share) {
    if (latencies_.empty()) return 0;
    const auto at = latencies_.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(latencies_.size() - 1) * share);
    std::nth_element(latencies_.begin(), at, latencies_.end());
    return *at;
  }

  void report() {
    const double seconds = static_cast<double>(endUs_ - startUs_) / 1e6;
    std::printf(
        "{\"requests\":%zu,\"errors\":%zu,\"seconds\":%.6f,\"ops_per_second\":%.1f,\"p50_us\":%lu,\"p99_us\":%lu,"
        "\"p999_us\":%lu,\"max_us\":%lu,\"user_us\":%lu,\"system_us\":%lu,\"started_us\":%lu}\n",
        latencies_.size(), errors_, seconds, static_cast<double>(latencies_.size()) / seconds, percentile(0.5), percentile(0.99),
        percentile(0.999), percentile(1), cpu_.user, cpu_.system, startUs_);
  }

  Options options_;
  Workload workload_;
  std::vector<Destination> destinations_;
  std::vector<size_t> filled_ = std::vector<size_t>(destinations_.size());  ///< keys written, by destination
  Loop loop_;
  Timer timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<uint32_t> latencies_;
  size_t errors_ = 0;
  size_t finished_ = 0;  ///< connections that have nothing to greet or fill any more
  uint64_t startUs_ = 0;
  uint64_t endUs_ = 0;
  CpuUs cpu_;
  Phase phase_ = Phase::Warmup;
};

}  // namespace
}  // namespace slotway::bench

int main(int argc, char** argv) {
  using namespace slotway::bench;
  const Options options = readOptions(argc, argv);
  auto workload = Workload::make(options);
  if (!workload.ok()) stop(workload.error());
  auto destinations = findDestinations(options);
  if (!destinations.ok()) stop(destinations.error());
  Run(options, std::move(*workload), std::move(*destinations)).go();
  return 0;
}
