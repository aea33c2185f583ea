// A read across slots as a course of one step: carries the questions of an AcrossRead to the nodes.
// Owner: its Exchange. Thread: the worker's.
#pragma once
#include <memory>

#include "command/across_read.h"
#include "exchange/course.h"

namespace slotway {

class AcrossCall final : public Course {
 public:
  explicit AcrossCall(std::unique_ptr<AcrossRead> read) : read_(std::move(read)) {}

  void next(Exchange& exchange) override;
  Then gather(std::span<const Slice> replies) override;
  std::optional<Failure> tooMuch(uint64_t gathered, const Settings::Limits& limits) const override;
  void giveUp(Slice) override {}  // there is no further step
  bool answer(Bytes& out) override;

 private:
  const std::unique_ptr<AcrossRead> read_;
  Bytes answer_;
};

}  // namespace slotway
