// Questions to all workers on behalf of one request, and what the workers say. Both are values: they travel by letter.
//
//     CLIENT LIST -> question -> Control -> every worker: rows -> Control: all rows -> the asking worker: one reply
//
// Thread: any (values).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "client/client_filter.h"
#include "resp/version.h"

namespace slotway {

struct ClientQuestion {
  enum class Kind : uint8_t {
    List, Kill, Unblock,                           ///< clients
    PauseWrites, PauseAll, Unpause,
    SlowGet, SlowLength, SlowReset,                ///< the slow log
    SetSlowThreshold, SetSlowEntries,
    LatencyLatest, LatencyHistory, LatencyReset,
    MonitorBegins, MonitorEnds,                    ///< at the asking worker
  };
  Kind kind = Kind::List;
  ClientFilter filter{};
  size_t worker = 0;       ///< that asks
  uint64_t clientId = 0;   ///< that asks; 0: nobody waits for an answer
  uint64_t sequence = 0;   ///< of the exchange that waits
  int64_t number = 0;      ///< a count, a client's; of a pause its end (Loop::monotonicUs)
  std::vector<std::string> words{};  ///< names of events or commands; how to unblock
};

/// What comes back: rows to be put in order, and a number to be summed.
struct WorkerAnswer {
  struct Row {
    uint64_t order;
    std::string text;
  };
  std::vector<Row> rows;
  uint64_t count = 0;

  void add(WorkerAnswer&& other);
};

/// The one reply, of what all workers said. Redis's own shapes and texts.
void writeAnswer(const ClientQuestion& question, WorkerAnswer&& answer, resp::Version version, Bytes& out);

}  // namespace slotway
