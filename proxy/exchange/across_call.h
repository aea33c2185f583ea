// A read across slots as a course: carries the questions of an AcrossRead to the nodes, if there are very many part by part.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <memory>
#include <vector>

#include "command/across_read.h"
#include "exchange/course.h"

namespace slotway {

class AcrossCall final : public Course {
 public:
  explicit AcrossCall(std::unique_ptr<AcrossRead> read) : read_(std::move(read)) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  std::optional<Failure> tooMuch(uint64_t gathered, const Settings::Limits& limits) const override;
  void giveUp(Slice reason) override;
  bool answer(Bytes& out) override;

 private:
  void finish(std::span<const Slice> replies);

  const std::unique_ptr<AcrossRead> read_;
  Questions questions_;
  size_t sent_ = 0;             ///< of them
  std::vector<Bytes> replies_;  ///< of the parts so far, if there are several
  Bytes answer_;
};

}  // namespace slotway
