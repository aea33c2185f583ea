// What a client has asked for since MULTI. It stays here until EXEC, and then goes to its node whole, in one write.
//
//     MULTI  SET {a}1 x  PING  INCR {a}2  EXEC   ->  node: MULTI, SET, INCR, EXEC;  PING's answer is put in its place
//
// Owner: a Session, then the exchange of EXEC. Thread: the worker's.
#pragma once
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "command/command.h"
#include "exchange/private_link.h"
#include "exchange/scripts.h"
#include "resp/request.h"

namespace slotway {

class Transaction {
 public:
  enum class Way : uint8_t {
    Within,  ///< to the node, inside the transaction
    Apart,   ///< the proxy answers it itself, or asks several nodes: see ApartAnswers
  };
  enum class Reply : uint8_t {
    AsItIs,
    Changed,  ///< it is not the answer yet
  };
  struct Queued {
    const Command* command;
    size_t begin;            ///< in the bytes of all requests
    size_t size;
    HashSlot slot;           ///< kNoSlot: it has no key
    Way way;
  };
  /// What goes to a node as one MULTI ... EXEC: the commands of one slot, in their order.
  struct Part {
    HashSlot slot;
    std::vector<size_t> commands;  ///< places in queued()
  };

  void add(const Request& request, const Command& command, HashSlot slot, Way way, Reply reply);
  /// A command could not be queued: EXEC will say so. What was queued is of no use any more.
  void refuse();
  /// Before it goes: bodies in it are remembered, and a call of a script that is known brings the body along, since a node
  /// that lacks it would say so inside EXEC, too late to mend. True when it brings one.
  bool bringScripts(Scripts& scripts);

  bool refused() const { return refused_; }
  const std::vector<Queued>& queued() const { return queued_; }
  /// Of the first command that has a key; kNoSlot: none has.
  HashSlot slot() const { return slot_; }
  size_t bytes() const { return requests_.size(); }
  size_t footprint() const { return requests_.capacity() + queuedWeight_.bytes(); }
  Slice wireOf(const Queued& queued) const { return requests_.slice().substr(queued.begin, queued.size); }

  /// Nothing but commands for nodes, all of one slot, whose replies are the answers: wholeWire() and its reply are all there
  /// is to it.
  bool isOnePart() const { return special_ == 0 && !manySlots_; }
  /// In the order in which slots are first named; commands without a key go with the first one.
  std::vector<Part> parts() const;
  Bytes wholeWire() const;
  Bytes wireOf(const Part& part) const;

 private:
  Bytes requests_;
  std::vector<Queued> queued_;
  Weight queuedWeight_;
  size_t special_ = 0;  ///< commands that go apart, or whose replies are changed
  HashSlot slot_ = kNoSlot;
  bool manySlots_ = false;
  bool refused_ = false;
};

/// Between MULTI and EXEC, and between WATCH and EXEC. Few clients have one, and none for long.
struct TransactionState {
  std::unique_ptr<Transaction> open;     ///< since MULTI
  std::unique_ptr<PrivateLink> watching; ///< since WATCH: the connection that keeps what is watched
};

}  // namespace slotway
