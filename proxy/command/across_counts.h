// PFCOUNT over keys of different slots: each key's node tells the string.
// Owner, thread: see across_read.h.
#pragma once
#include "command/across_read.h"
#include "command/across_words.h"

namespace slotway {

class AcrossCounts final : public AcrossRead {
 public:
  AcrossCounts(const Request& request, const Command& command) : words_(request, command) {}

  void ask(Questions& questions) const override;
  bool answer(std::span<const Slice> replies, Bytes& out) const override;

 private:
  const AcrossWords words_;
};

}  // namespace slotway
