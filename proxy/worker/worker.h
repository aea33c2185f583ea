// One thread: its loop, listeners, clients, and a Router per upstream. Its members are all that the thread may touch.
//
//     listeners --accept--> Seating: who has the fewest? --here or by letter--> Client
//     events handled: clients (one write each), and again while more comes
//     turn end: parked legs, links (one write each), and clients again while one makes work for another
//
// Owner: Control. Thread: its own; start(), post() and join() are for Control.
#pragma once
#include <memory>
#include <thread>
#include <vector>

#include "client/flush_list.h"
#include "client/slow_log.h"
#include "pubsub/hub.h"
#include "uv/listener.h"
#include "uv/mailbox.h"
#include "uv/timer.h"
#include "worker/letters.h"
#include "worker/memory_budget.h"
#include "worker/seating.h"
#include "worker/trouble_log.h"

namespace slotway {

/// A listening descriptor and its listener's place in the settings.
struct ListenerSeat {
  int fd;
  size_t listener;
};

class Worker final : private ClientHouse {
 public:
  /// Takes over the descriptors of `listeners`.
  Worker(size_t index, std::shared_ptr<const Settings> settings, std::shared_ptr<Cells> cells, PostOffice& post,
         Seating& seating, MemoryBudget& budget, const std::vector<ListenerSeat>& listeners);
  ~Worker();

  void start();
  void post(WorkerLetter letter) { mailbox_.post(std::move(letter)); }
  /// After it has said Stopped.
  void join();

 private:
  void clientDirty(Client& client) override { flushList_.add(client); }
  void clientGone(Client& client) override;
  void ask(ClientQuestion question) override;
  std::optional<size_t> workerOf(uint64_t clientId) override { return seating_.workerOf(clientId); }
  void tell(size_t worker, Invalidation invalidation) override;
  ProcessView process() override;
  SlowLog& slowLog() override { return slowLog_; }
  void monitored(std::string line) override { monitorLines_ += line; }
  void monitorEnds(Client& client) override;
  Hub& hub(const Router& router) override;

  void onAccept(int fd, size_t listener);
  void seat(Descriptor fd, size_t listener);
  void onTick();
  void shed();
  void onTurnEnd();
  void bury();
  void stopIfDone();

  void read(News& letter);
  void read(RefreshDone& letter);
  void read(SeatClient& letter);
  void read(AskClients& letter);
  void read(ClientsAnswered& letter);
  void read(MonitorLines& letter);
  void read(MonitorLinesTaken& letter);
  void read(ScriptsWord& letter);
  void read(HearCensus& letter);
  void read(CensusHeard& letter);
  void read(HearArrival& letter);
  void read(Invalidated& letter);
  void read(RedirectBroken& letter);
  void read(Stop& letter);

  // questions.cc
  WorkerAnswer answerTo(const ClientQuestion& question);
  void listClients(const ClientQuestion& question, WorkerAnswer& answer);
  void apply(const ClientQuestion& question);
  void unblock(ClientQuestion question);
  void pause(Paused whom, uint64_t untilUs);
  void unpause();
  void lookWhetherReached();
  void letGo();
  void setSlowUs(int64_t microseconds);
  Client* clientNumbered(uint64_t id);

  // memory.cc
  int64_t held() const;
  void lookAtMemory();
  void weighMemory(int64_t held);
  bool isFull();
  size_t fairShare() const;
  SLOTWAY_RARE void relieveMemory() override;

  // monitors.cc
  void passMonitorLines();
  void showMonitors(const std::string& lines);
  void countMonitors(size_t worker, int change);
  void seatMonitor(Client* client);

  const size_t index_;
  const std::shared_ptr<const Settings> settings_;
  const std::shared_ptr<Cells> cells_;
  PostOffice& post_;
  Seating& seating_;
  MemoryBudget& budget_;
  Loop loop_;
  FlushList flushList_;
  Mailbox<WorkerLetter> mailbox_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::vector<std::unique_ptr<Hub>> hubs_;  ///< one for each of them
  std::vector<std::unique_ptr<Listener>> listeners_;
  Timer tick_;
  TroubleLog troubleLog_;
  IntrusiveList<Client, &Client::listHook> clients_;
  std::vector<Client*> gone_;
  SlowLog slowLog_;
  Timer pauseEnd_;
  uint64_t pausedUntilUs_ = 0;
  Paused paused_ = Paused::Nobody;      ///< by clients
  bool unreached_ = true;               ///< not all clusters have been reached, and may be any moment
  std::vector<Client*> monitors_;       ///< of this worker's clients
  std::vector<uint64_t> monitorsAt_;    ///< by worker
  std::string monitorLines_;            ///< of this turn
  std::vector<uint64_t> linesOnTheirWay_;  ///< by worker: bytes that it has not taken yet
  MemoryBudget::Level memoryLevel_ = MemoryBudget::Level::Free;
  int64_t toldBytes_ = 0;               ///< what the others know that this worker holds
  uint64_t relievedAt_ = 0;             ///< the tick when clients were closed for memory
  int64_t relievedTo_ = 0;              ///< what was held when they had gone
  int64_t leaving_ = 0;                 ///< what they hold until the turn's end
  const uint64_t bornMs_;
  uint64_t tickDueUs_ = 0;
  uint64_t ticks_ = 0;
  uint64_t stopByMs_ = 0;  ///< 0: not stopping
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace slotway
