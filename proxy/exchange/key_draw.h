// RANDOMKEY as a course: every master says how many keys it has, one is drawn by that and asked for a key. Where all keys
// it counted had expired, the next one is asked: no nil while there is a key.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "exchange/course.h"

namespace slotway {

class KeyDraw final : public Course {
 public:
  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override;

 private:
  void askSizes(Exchange& exchange);
  Then startOver();
  Then takeSizes(std::span<const Slice> replies);
  Then takeKey(Slice reply);
  Then settle(Slice reply);

  std::vector<std::string> nodes_;   ///< ids of the masters
  std::vector<uint64_t> weights_;    ///< keys of each; 0: it is not asked any more
  size_t drawn_ = 0;
  bool counted_ = false;
  Bytes answer_;                     ///< the reply, once there is one
};

}  // namespace slotway
