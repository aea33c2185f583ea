// What a worker offers to its clients: the turn's end, scratch memory, and word of the other workers' clients.
// Owner: the Worker is the one. Thread: the worker's.
#pragma once
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/pool.h"
#include "base/slice.h"
#include "client/client_filter.h"
#include "client/desk.h"
#include "command/plan.h"

namespace slotway {

class Client;

/// A question to all workers on behalf of one request; the answer comes back by client and sequence.
struct ClientQuestion {
  enum class Kind : uint8_t { List, Kill };
  Kind kind = Kind::List;
  ClientFilter filter;
  size_t worker = 0;       ///< that asks
  uint64_t clientId = 0;   ///< that asks
  uint64_t sequence = 0;   ///< of the exchange that waits
};

/// Memory that requests are parsed and planned in, shared by all clients of a worker.
struct ClientScratch {
  static constexpr size_t kIdleDesks = 1024;
  /// While no more are in use, who is at rest keeps its desk for a moment: mostly it asks again.
  static constexpr size_t kDesksToSpare = 512;

  std::vector<Slice> args;
  Plan plan;
  Bytes answer;
  Pool<Desk> desks{kIdleDesks};
  size_t heavyDesks = 0;   ///< of those in use
};

/// What INFO tells of the process.
struct ProcessView {
  size_t worker = 0;   ///< that serves the client
  size_t workers = 1;
  uint64_t clients = 0;  ///< of all workers
  uint64_t uptimeSeconds = 0;
};

class ClientHouse {
 public:
  /// The client has something to flush; called once until flush().
  virtual void clientDirty(Client& client) = 0;
  /// The client is done with; it is destroyed at the turn's end.
  virtual void clientGone(Client& client) = 0;
  /// Puts the question to all workers; Client::answerLater() follows on the asking one.
  virtual void ask(ClientQuestion question) = 0;
  virtual ClientScratch& scratch() = 0;
  virtual ProcessView process() = 0;

 protected:
  ~ClientHouse() = default;
};

}  // namespace slotway
