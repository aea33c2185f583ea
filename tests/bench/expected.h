// What the replies to a request must look like.
// Owner: a Connection has a list of those that it waits for. Thread: any (pure).
#pragma once
#include <cstdint>
#include <vector>

#include "base/slice.h"

namespace slotway::bench {

/// The last reply to a request is Any or Executed; Protocol answers what is no request of the run.
enum class Expected : uint8_t {
  Any,       ///< all but an error
  Protocol,  ///< to HELLO 3: a map
  Opened,    ///< to MULTI
  Queued,    ///< to a command of the transaction
  Executed,  ///< to EXEC: an array of kTransactionCommands
};

constexpr size_t kTransactionCommands = 5;

using ExpectedReplies = std::vector<Expected>;

/// Is this `expected`, by its first bytes (a whole line, if it is a short one)?
inline bool fits(Expected expected, Slice head) {
  switch (expected) {
    case Expected::Any: return !head.starts_with('-');
    case Expected::Protocol: return head.starts_with('%');
    case Expected::Opened: return head.starts_with("+OK\r\n");
    case Expected::Queued: return head.starts_with("+QUEUED\r\n");
    case Expected::Executed: return head.starts_with("*5\r\n");
  }
  return false;
}

}  // namespace slotway::bench
