// What a client needs only while something of it is on its way: lent by the house with the first bytes of a request, given
// back when all is answered and written (a moment later while few are lent). A connection at rest costs next to nothing.
// Owner: the Client that uses it, else the house's pool. Thread: the worker's.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/slice.h"
#include "client/soft_limit.h"
#include "client/stream_pace.h"
#include "exchange/order_queue.h"
#include "pubsub/arrival.h"
#include "resp/request_parser.h"

namespace slotway {

/// A message that no request asked for, which waits until that exchange is answered.
struct WaitingPush {
  uint64_t behind = 0;
  Bytes frame;  ///< empty: it goes to the client that this one redirects to, and says that anything may have changed
};

/// While it waits no answers leave: a message that they tell of has not reached its subscribers.
struct Gate final : Publisher {
  void arrived() override { open(); }
  std::function<void()> open;
};

struct Desk {
  std::optional<OrderQueue> queue;  ///< there while somebody uses the desk
  RequestParser parser;
  std::vector<Slice> args;          ///< of a request of which only a part has come
  Weight argsWeight;                ///< there may be more of them than of the bytes that they are read from
  Bytes in;                         ///< bytes that are no whole request yet, or that may not be read yet
  Bytes out;                        ///< answers that leave with the next flush
  uint64_t pipelineEnd = 0;         ///< the last exchange of what was read when no answer waited to leave
  size_t keptBytes = 0;             ///< of answers behind one that is still to come
  size_t bytesInFlight = 0;         ///< of requests that are not answered, small ones apart
  std::vector<WaitingPush> pushes;  ///< in the order in which they go
  StreamPace pace;
  SoftLimit behind;                 ///< of answers that are not read
  Gate gate;
  bool postponed = false;           ///< what `in` begins with waits for the end of a pause
  bool readsAhead = false;          ///< what comes while it blocks is read, and waits in `in`
  bool asksMuch = false;            ///< bytesInFlight is more than it may be
  bool heavy = false;               ///< much has been asked for, and not all of it is answered
  bool takesBack = false;           ///< what has not left for a node goes nowhere

  /// Back to new, for the pool.
  void reset() {
    constexpr size_t kKeptArgs = 64;
    queue.reset();
    if (parser.midway() || !parser.error().empty()) parser = {};
    args.clear();
    if (args.capacity() > kKeptArgs) args = {};
    argsWeight.set(0);
    in.clear();
    out.clear();
    pushes.clear();
    pipelineEnd = keptBytes = bytesInFlight = 0;
    postponed = readsAhead = asksMuch = takesBack = false;
    pace = {};
    behind = {};
  }
};

}  // namespace slotway
