// A command that takes from keys of different slots: the first that has something is popped from, or all are read. No node
// can answer it by itself, so each is asked for its part, key by key.
//
//     BLPOP a b c 5    {a: LPOP a} {b: LLEN b} {c: LLEN c}   nothing, 0, 2  ->  {c: LPOP c}   the answer
//                                                            nothing, 0, 0  ->  the caller waits until a key may have something
//     XREAD STREAMS a b 0 0    {a: XREAD STREAMS a 0} {b: XREAD STREAMS b 0}   put together
//
// Who has waited is served from one key, as on Redis.
//
// An element is popped by a request for just one, once it is the client's turn: none is lost or comes twice.
// Owner: a course of one exchange. Thread: the worker's (pure). Source: Redis 7.0, t_list.c blockingPopGenericCommand; t_zset.c
// blockingGenericZpopCommand; t_stream.c xreadCommand.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "command/command.h"
#include "command/questions.h"
#include "resp/request.h"

namespace slotway {

/// How to learn that a key has something, and who of those that wait for it is told.
struct Watching {
  enum class Wakes : uint8_t {
    AsManyAsThereAre,  ///< the look's reply is how many are served
    OneByOne,          ///< one; whoever is served says so, and two more are told
    All,
  };

  Slice look;              ///< a command with the key as its only argument; its reply is a number, 0: there is nothing
  Wakes wakes = Wakes::AsManyAsThereAre;
  bool tellsGone = false;  ///< that there is nothing is worth being told, too
  Slice party{};           ///< those of another one are served apart; it lives as long as its AcrossTake
};

/// One of its keys, by its place among them, and what a look has said of it.
struct ReadyKey {
  uint32_t key = 0;
  int64_t number = 0;
};

class AcrossTake {
 public:
  enum class Came : uint8_t {
    Answer,
    Nothing,    ///< so far
    Further,    ///< there is more to ask
    Senseless,  ///< the replies
  };

  virtual ~AcrossTake() = default;

  virtual const std::vector<Slice>& keys() const = 0;
  virtual Watching watching() const = 0;
  /// Whether the options are in order, where Redis says that before what is wrong with the timeout; nothing else is done.
  virtual void judgeOptions(Questions&) const {}
  /// The first questions.
  virtual void ask(Questions& questions) = 0;
  /// Those that follow when there has been nothing, and this key may have something now.
  virtual void askAgain(ReadyKey ready, Questions& questions) = 0;
  /// The replies to the last questions in their order. Answer: appended to `out`, an error among them perhaps. Further:
  /// `questions` are what is asked next.
  virtual Came take(std::span<const Slice> replies, Questions& questions, Bytes& out) = 0;
  /// The reply to a question that does not only read is an element, or an error: it has to reach the client.
  virtual bool took(Slice reply) const = 0;
  /// ... and then it is the answer, whatever the others say.
  virtual bool servesOne() const = 0;
};

/// For a command with Across::Pop or Across::Streams; its keys have been found once. Keeps a copy of what it needs of it.
std::unique_ptr<AcrossTake> makeAcrossTake(const Request& request, const Command& command);

}  // namespace slotway
