// What a worker offers to its clients: the turn's end, scratch memory, and word of the other workers' clients.
// Owner: the Worker is the one. Thread: the worker's.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/pool.h"
#include "base/slice.h"
#include "client/desk.h"
#include "client/question.h"
#include "client/renaming.h"
#include "command/plan.h"
#include "settings/settings.h"

namespace slotway {

class Client;
class SlowLog;
class Hub;
class Router;

/// Whom CLIENT PAUSE holds back, or the start. Each one holds back those before it, too.
enum class Paused : uint8_t {
  Nobody,
  Unreached,  ///< who needs a cluster that has not been reached yet
  Writes,
  All,
};

/// Word to a client that keys another one tracks have changed.
struct Invalidation {
  uint64_t clientId = 0;    ///< who is told
  uint64_t trackerId = 0;   ///< on whose behalf
  size_t trackerWorker = 0;
  std::string keys;         ///< a frame: an array of them; empty: any of them may have
};

/// Memory that requests are parsed and planned in, shared by all clients of a worker; and what holds for all of them, where
/// it is at hand.
struct ClientScratch {
  static constexpr size_t kIdleDesks = 1024;
  /// Of what a client holds here beyond this, its answers that it has not read and its requests under way apart from each
  /// other, no more of its requests are read.
  static constexpr size_t kHoldBytes = 1024 * 1024;
  /// While no more are in use, who is at rest keeps its desk for a moment: mostly it asks again.
  static constexpr size_t kDesksToSpare = 512;

  std::vector<Slice> args;
  Plan plan;
  Bytes answer;
  Pool<Desk> desks{kIdleDesks};
  size_t heavyDesks = 0;   ///< of those in use
  std::span<const Slice> answering;  ///< the request that is answered here at this moment
  Paused paused = Paused::Nobody;
  size_t mayHold = kHoldBytes;  ///< less while memory is scarce
  bool isScarce() const { return mayHold < kHoldBytes; }
  bool monitored = false;  ///< some client of this process is a monitor

  /// For the clients of a listener with a keyspace of its own.
  Renaming& renamingFor(const ListenerSettings& listener) {
    return renamings_.try_emplace(&listener, listener.hashTag).first->second;
  }

 private:
  std::map<const ListenerSettings*, Renaming> renamings_;  ///< made when first needed
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
  ClientScratch& scratch() { return scratch_; }
  /// Which worker serves this client; nothing: there is no such client.
  virtual std::optional<size_t> workerOf(uint64_t clientId) = 0;
  /// To the client on that worker. If it is gone, Client::redirectBroken() follows on the tracker.
  virtual void tell(size_t worker, Invalidation invalidation) = 0;
  virtual ProcessView process() = 0;
  virtual SlowLog& slowLog() = 0;
  /// A line for all monitors of the process.
  virtual void monitored(std::string line) = 0;
  /// Memory is used up: clients that hold most are closed, maybe the one that asks.
  virtual void relieveMemory() = 0;
  /// The client, a monitor until now, is none any more.
  virtual void monitorEnds(Client& client) = 0;
  /// What this worker is subscribed to at the upstream of this router.
  virtual Hub& hub(const Router& router) = 0;

 protected:
  ~ClientHouse() = default;
  ClientScratch scratch_;
};

}  // namespace slotway
