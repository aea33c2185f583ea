// What took long: the last requests of one worker beyond a threshold, each with the nodes it went to and how long they
// took; and samples of latency made of the same. Bounded in entries and in bytes of an entry.
//
//     settled late -> SlowLog::add -> SLOWLOG GET:    id, time, us, arguments, client, its name, nodes, upstream us
//                                  -> LATENCY LATEST: "command", and "node:host:port" for each node
//
// Owner: the Worker. Thread: the worker's. Source of the shapes: Redis 7.0 slowlog.c, latency.c.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "client/question.h"
#include "exchange/exchange.h"

namespace slotway {

struct SlowEntry {
  uint64_t atUs = 0;        ///< since 1970
  uint64_t tookUs = 0;      ///< from the request's coming to its answer
  uint64_t upstreamUs = 0;  ///< of these, the longest wait for a node
  std::vector<std::string> args;
  std::string client;
  std::string clientName;
  std::vector<std::string> nodes;

  /// The arguments of what was sent, as long as Redis keeps them: 32 of 128 bytes.
  static std::vector<std::string> argsOf(Exchange& exchange);
  static std::vector<std::string> argsOf(std::span<const Slice> args);
};

class SlowLog {
 public:
  /// Of `workers` logs this is number `worker`: their ids differ.
  SlowLog(size_t worker, size_t workers, uint64_t mostEntries)
      : worker_(worker), workers_(workers), mostEntries_(mostEntries) {}

  void add(SlowEntry&& entry);
  void keepAtMost(uint64_t entries);
  uint64_t mostEntries() const { return mostEntries_; }

  /// Its part of the answer to a question about slow requests or latency.
  void answer(const ClientQuestion& question, WorkerAnswer& answer);

 private:
  struct Sample {
    std::string event;
    uint64_t atSeconds;
    uint64_t ms;
  };
  struct Numbered : SlowEntry {
    uint64_t id;
  };

  void addSample(std::string event, uint64_t atUs, uint64_t tookUs);
  void forgetSamples(const std::vector<std::string>& events, WorkerAnswer& answer);
  static std::string rowOf(const Numbered& entry);

  const size_t worker_;
  const size_t workers_;
  uint64_t mostEntries_;
  uint64_t added_ = 0;
  std::deque<Numbered> entries_;  ///< the latest first
  std::deque<Sample> samples_;    ///< the oldest first
};

}  // namespace slotway
