// BLPOP, BRPOP, BLMPOP, BZPOPMIN, BZPOPMAX, BZMPOP, LMPOP and ZMPOP over keys of different slots: the first key that has
// something is popped from. The first is popped from at once, which also has its node judge the options.
// Owner: a course of one exchange. Thread: the worker's (pure).
#pragma once
#include <vector>

#include "command/across_take.h"
#include "command/across_words.h"

namespace slotway {

class AcrossPops final : public AcrossTake {
 public:
  AcrossPops(const Request& request, const Command& command);

  const std::vector<Slice>& keys() const override { return words_.keys(); }
  Watching watching() const override;
  void judgeOptions(Questions& questions) const override;
  void ask(Questions& questions) override;
  void askAgain(ReadyKey ready, Questions& questions) override;
  Came take(std::span<const Slice> replies, Questions& questions, Bytes& out) override;
  bool took(Slice reply) const override;
  bool servesOne() const override { return true; }

  /// A command, and what does the same to one key without blocking.
  struct Kind {
    Slice command;
    Slice look;
    Slice pop;
    uint32_t elements;  ///< of its reply, which lacks the key then; 0: the reply is the command's own
  };

 private:
  void pop(uint32_t key, Questions& questions);
  void popFrom(Slice name, HashSlot slot, Questions& questions) const;
  void noteOthers(std::span<const Slice> looks);
  Came answer(Slice reply, Bytes& out) const;

  const AcrossWords words_;
  const Kind& kind_;
  uint32_t asked_ = 0;              ///< the key that is popped from
  bool waited_ = false;             ///< it has found nothing once
  std::vector<uint32_t> others_;    ///< keys that may have something, the first one last
};

}  // namespace slotway
