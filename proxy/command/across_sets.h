// SUNION, SINTER, SDIFF and SINTERCARD over keys of different slots: each slot's node does its part of it.
// Source: Redis 7.0's documentation of these commands.
// Owner, thread: see across_read.h.
#pragma once
#include "command/across_read.h"
#include "command/across_words.h"

namespace slotway {

class AcrossSets final : public AcrossRead {
 public:
  AcrossSets(const Request& request, const Command& command) : words_(request, command), across_(command.across) {}

  void ask(Questions& questions) const override;
  bool answer(std::span<const Slice> replies, Bytes& out) const override;

 private:
  bool counts() const { return across_ == Across::SetInterCard; }

  const AcrossWords words_;
  const Across across_;
};

}  // namespace slotway
