// XREAD and XREADGROUP over streams of different slots: each is read by itself, and what there is is put together.
//
//     XREAD BLOCK 0 STREAMS a b 0-1 $    {a: XREAD STREAMS a 0-1} {b: XREVRANGE b + - COUNT 1}
//     XREADGROUP GROUP g c STREAMS a b > >    {a: XREADGROUP ... the highest id there is} {b: the same}: are all in order?
//                                             {a: XREADGROUP GROUP g c STREAMS a >} {b: ...}
//
// Redis reads of no stream for a group when it finds one of them amiss; so each is asked first for what has been delivered behind
// the last possible id: that is judged alike, and delivers nothing (but makes the consumer known, as Redis does with an entry).
// Owner: a course of one exchange. Thread: the worker's (pure).
#pragma once
#include <string>
#include <vector>

#include "command/across_take.h"

namespace slotway {

class AcrossStreams final : public AcrossTake {
 public:
  AcrossStreams(const Request& request, const Command& command);

  const std::vector<Slice>& keys() const override { return keys_; }
  Watching watching() const override;
  void ask(Questions& questions) override;
  void askAgain(ReadyKey ready, Questions& questions) override;
  Came take(std::span<const Slice> replies, Questions& questions, Bytes& out) override;
  bool took(Slice reply) const override;
  bool servesOne() const override { return false; }

 private:
  bool forGroup() const { return !group_.empty(); }
  bool asksForEnd(uint32_t key) const { return !forGroup() && ids_[key] == "$"; }
  void read(uint32_t key, Slice id, Questions& questions) const;
  void readAll(Questions& questions);
  /// What the replies of one step come to.
  struct Gathered {
    Bytes bodies;
    size_t streams = 0;
    bool resp3 = false;
    const ReadyKey* amiss = nullptr;  ///< the first one that failed
    Slice error;
  };
  Came judge(std::span<const Slice> replies, Questions& questions, Bytes& out);
  bool gather(const ReadyKey& from, Slice reply, Gathered& all);
  Came goneOr(const ReadyKey& from, Slice error, Bytes& out) const;

  const KeptRequest request_;
  std::vector<Slice> options_;      ///< all that stands before the keys, without BLOCK
  std::vector<Slice> keys_;
  std::vector<std::string> ids_;
  std::string group_;               ///< as its party is called; empty: for no group
  bool balanced_ = true;            ///< there are as many ids as keys
  bool judged_ = false;             ///< a group's streams are in order
  bool waited_ = false;             ///< there was nothing once
  std::vector<ReadyKey> asked_;
};

}  // namespace slotway
