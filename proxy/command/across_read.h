// A read over keys of different slots, which no node can answer by itself: what the nodes are asked, and what one Redis that
// had all of it would say. Each slot is read at a moment of its own, as MGET's are.
//
//     SUNION a b c        {slot 7: SUNION a c} {slot 9: SUNION b}      the union of the two
//     ZINTER 2 a b        {slot 7: ZUNION 1 a WITHSCORES} {slot 9: ZUNION 1 b WITHSCORES}     computed here
//     PFCOUNT a b         {slot 7: GET a} {slot 9: GET b}              computed here
//
// Options are judged by a node: it is asked the same of keys that are not there, and an error of its is the answer.
// Owner: a course of one exchange. Thread: the worker's (pure).
#pragma once
#include <memory>
#include <span>

#include "base/bytes.h"
#include "base/slice.h"
#include "command/command.h"
#include "command/questions.h"
#include "resp/request.h"

namespace slotway {

class AcrossRead {
 public:
  virtual ~AcrossRead() = default;

  /// All that there is to ask.
  virtual void ask(Questions& questions) const = 0;
  /// The replies to it in its order. Appends the one reply: of errors among them the first. False: they make no sense.
  virtual bool answer(std::span<const Slice> replies, Bytes& out) const = 0;

 protected:
  /// Appends the first error among them, if there is one.
  static bool failed(std::span<const Slice> replies, Bytes& out);
};

/// For a command that may read across slots; its keys have been found once. Keeps a copy of what it needs of the request.
std::unique_ptr<AcrossRead> makeAcrossRead(const Request& request, const Command& command);

}  // namespace slotway
