// ZUNION, ZINTER, ZDIFF and ZINTERCARD over keys of different slots: each key's node tells all its members with their scores.
// Sums are made in the order in which Redis makes them, since that may show in their last digits.
// Source: Redis 7.0's documentation of these commands, and t_zset.c for the order: the smallest sorted set first.
// Owner, thread: see across_read.h.
#pragma once
#include <string>
#include <vector>

#include "command/across_read.h"
#include "command/across_words.h"

namespace slotway {

class AcrossSortedSets final : public AcrossRead {
 public:
  AcrossSortedSets(const Request& request, const Command& command);

  void ask(Questions& questions) const override;
  bool answer(std::span<const Slice> replies, Bytes& out) const override;

 private:
  enum class Aggregate : uint8_t { Sum, Min, Max };

  void readOptions();

  const AcrossWords words_;
  const Across across_;
  std::vector<double> weights_;  ///< of the keys
  Aggregate aggregate_ = Aggregate::Sum;
  bool withScores_ = false;
  uint64_t limit_ = 0;           ///< 0: there is none
};

}  // namespace slotway
