// All that crosses between the control thread and the workers besides metric cells: letters, and the immutable snapshots
// inside them.
//
//     Control --WorkerLetter--> Worker      new topology, refresh done, a client to seat, a question, stop
//     Worker --ControlLetter--> Control     refresh wanted, a question to all, an answer, stopped
//
// Thread: written by one, read by another (values).
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "client/house.h"
#include "exchange/router.h"
#include "pubsub/arrival.h"
#include "pubsub/census.h"
#include "uv/descriptor.h"

namespace slotway {

// To a worker.
struct News {
  size_t upstream;
  std::shared_ptr<const UpstreamNews> news;
};
struct RefreshDone {
  size_t upstream;
  uint64_t ticket;
};
struct SeatClient {
  Descriptor fd;
  size_t listener;  ///< its place in the settings
};
struct AskClients {
  ClientQuestion question;
};
struct ClientsAnswered {
  ClientQuestion question;
  WorkerAnswer answer;  ///< of all workers
};
/// What other workers' clients ask for, for the monitors among this one's. No lines: they are read too slowly, their end.
struct MonitorLines {
  size_t from;
  std::shared_ptr<const std::string> lines;
};
struct MonitorLinesTaken {
  size_t by;
  uint64_t bytes;
};
struct ScriptsWord {
  size_t upstream;
  ScriptsToWorker letter;
};
/// What another worker is subscribed to has changed.
struct HearCensus {
  std::shared_ptr<const CensusNews> news;
};
/// All other workers have heard what this one told.
struct CensusHeard {
  size_t upstream;
  uint64_t serial;
};
/// From one worker's hub to another's.
struct HearArrival {
  ArrivalNews news;
};
/// To the worker of the client who is told.
struct Invalidated {
  Invalidation invalidation;
};
/// Back to the tracker's: there is nobody to be told.
struct RedirectBroken {
  uint64_t trackerId;
};
struct Stop {};
using WorkerLetter = std::variant<News, RefreshDone, SeatClient, AskClients, ClientsAnswered, MonitorLines, MonitorLinesTaken,
                                  ScriptsWord, HearCensus, CensusHeard, HearArrival, Invalidated, RedirectBroken, Stop>;

// To control.
struct RefreshWanted {
  size_t worker;
  RefreshRequest request;
};
struct ClientsAsked {
  ClientQuestion question;
};
struct ClientsCounted {
  ClientQuestion question;
  WorkerAnswer answer;  ///< of one worker
};
struct ScriptsSaid {
  size_t worker;
  size_t upstream;
  ScriptsToControl letter;
};
struct TellCensus {
  CensusNews news;
};
/// One worker has heard it.
struct CensusTaken {
  std::shared_ptr<const CensusNews> news;
};
struct Stopped {
  size_t worker;
};
using ControlLetter =
    std::variant<RefreshWanted, ClientsAsked, ClientsCounted, ScriptsSaid, TellCensus, CensusTaken, Stopped>;

/// Delivers letters. Implemented by Control; any thread may post.
class PostOffice {
 public:
  virtual void toControl(ControlLetter letter) = 0;
  virtual void toWorker(size_t worker, WorkerLetter letter) = 0;

 protected:
  ~PostOffice() = default;
};

}  // namespace slotway
