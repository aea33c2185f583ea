// Whether what a node has said has reached its subscribers. On one Redis a message is on its way to all of them before
// PUBLISH is answered; here messages and answers come over different connections, and to different workers.
//
//     answer to PUBLISH --Hub::awaitArrival--> PING at our subscriptions' link to that node, here and at all other workers
//     PONG: all that the node said before has come --ArrivalNews--> the asking worker --arrived()--> the answer leaves
//
// A second is the longest that it waits: a node that takes longer is silent.
//
// Owner: a Hub. Thread: the worker's; ArrivalNews is a value that travels.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/intrusive_list.h"

namespace slotway {

/// From one worker to another.
struct ArrivalNews {
  enum class Kind : uint8_t {
    Asked,
    Arrived,
  };
  Kind kind = Kind::Asked;
  size_t from = 0;
  size_t upstream = 0;
  uint64_t ticket = 0;  ///< the asking worker's
  std::string place;    ///< "host:port" of the node
};

/// Who waits for an arrival. Called at the turn's end.
class Publisher {
 public:
  virtual void arrived() = 0;
  bool waits() const { return hook.linked(); }

  uint64_t waitsFor = 0;  ///< these two are the Hub's
  Hook hook;

 protected:
  ~Publisher() = default;
};

struct Arrival {
  uint64_t ticket = 0;
  std::string place;
  uint64_t wish = 0;       ///< serial of the Ping; 0: we have nothing at that node
  size_t missing = 0;      ///< other workers that have not said so yet
  size_t asker = 0;        ///< the worker that wants to know
  uint64_t askersTicket = 0;
  uint64_t sinceMs = 0;
  bool leaves = false;     ///< the Ping has not been written: what comes in this turn is before it
};

}  // namespace slotway
