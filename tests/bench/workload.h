// Makes the requests of a run: which command, which keys, which value.
//
// Keys are `key:` and twelve digits, those of a transaction have that as their hash tag. Before a cluster each node has keys
// of its own, those whose slots it owns.
// Owner: the run. Thread: its only one.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "expected.h"
#include "options.h"

namespace slotway::bench {

/// Where requests go, and the numbers of the keys that it owns (empty: all of them).
struct Destination {
  Endpoint endpoint;
  std::vector<uint32_t> keys;
};

/// The target itself, or with options.cluster the masters that it tells of. Blocks.
Result<std::vector<Destination>> findDestinations(const Options& options);

class Workload {
 public:
  /// An error: the mix cannot be read, or asks a cluster for what needs keys of several nodes.
  static Result<Workload> make(const Options& options);

  /// Appends one request for `destination`, and what its replies must be.
  void next(const Destination& destination, Bytes& out, ExpectedReplies& expected);
  /// Appends the request that writes the `index`-th key of `destination`; false when there are not so many.
  bool fill(const Destination& destination, size_t index, Bytes& out) const;

 private:
  enum class Kind : uint8_t { Get, Set, Transaction, Mget, Mset };
  explicit Workload(const Options& options) : options_(options), value_(options.valueBytes, 'v') {}
  bool readMix();
  uint64_t random();
  uint32_t someKey(const Destination& destination);
  void transaction(uint32_t key, Bytes& out, ExpectedReplies& expected) const;

  Options options_;
  std::vector<Kind> kinds_;  ///< each as often as it weighs
  std::string value_;
  uint64_t state_ = 0x9e3779b97f4a7c15;
};

}  // namespace slotway::bench
