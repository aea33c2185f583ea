// The control thread: signals, the topology of every upstream, the admin server; starts and stops the workers, and is
// their post office.
//
//     main -> Control::run: bind, start workers, loop until SIGTERM or SIGINT, drain, join
//
// Owner: main. Thread: main's; the post office is any's.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/path.h"
#include "command/command_table.h"
#include "control/admin_http.h"
#include "control/script_relay.h"
#include "control/topology_keeper.h"
#include "metrics/exposition.h"
#include "uv/mailbox.h"
#include "uv/signals.h"
#include "worker/worker.h"

namespace slotway {

/// Runs the proxy until it is told to stop. Returns the program's exit code: 0 stopped as asked, 1 could not start.
int runControl(std::shared_ptr<const Settings> settings);

class Control final : private PostOffice {
 public:
  explicit Control(std::shared_ptr<const Settings> settings);
  ~Control();

  /// Empty, or why the proxy cannot start: an address that cannot be had.
  std::string start();
  void run();

 private:
  /// A question that went to all workers and waits for their answers.
  struct OpenQuestion {
    size_t waiting;
    WorkerAnswer answer;
  };
  using QuestionKey = std::pair<uint64_t, uint64_t>;  ///< client, sequence

  void toControl(ControlLetter letter) override { mailbox_.post(std::move(letter)); }
  void toWorker(size_t worker, WorkerLetter letter) override { workers_[worker]->post(std::move(letter)); }

  std::string bindListeners(std::vector<std::vector<ListenerSeat>>& seats);
  void onSignal(int number);
  void onTurnEnd();
  void publish(size_t upstream);
  void publishReadiness();
  void learnCommands(Slice reply);
  Readiness readiness() const;
  std::string readinessOf(const TopologyKeeper& keeper, bool& ready) const;
  std::string commandName(size_t index) const;
  SLOTWAY_RARE void tellOfScripts(size_t worker, size_t upstream, ScriptsToWorker&& letter);
  void fillScraped(ScrapedValues& values) const;

  void read(RefreshWanted& letter);
  void read(ClientsAsked& letter);
  void read(ClientsCounted& letter);
  void read(ScriptsSaid& letter);
  void read(TellCensus& letter);
  void read(CensusTaken& letter);
  void read(Stopped& letter);

  const std::shared_ptr<const Settings> settings_;
  const size_t workerCount_;
  Loop loop_;
  Mailbox<ControlLetter> mailbox_;
  Signals signals_;
  Seating seating_;
  MemoryBudget budget_;
  std::shared_ptr<Cells> cells_;
  std::vector<std::unique_ptr<TopologyKeeper>> keepers_;
  std::vector<std::unique_ptr<FunctionCourier>> couriers_;  ///< these two by upstream, as the keepers
  std::vector<std::unique_ptr<ScriptRelay>> relays_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::map<QuestionKey, OpenQuestion> questions_;
  std::map<const CensusNews*, size_t> censuses_;  ///< told, and how many workers have not heard them
  size_t running_ = 0;
  bool stopping_ = false;

  // Read by HTTP threads.
  mutable std::mutex published_;
  Readiness readiness_{false, "starting\n"};
  std::shared_ptr<const CommandTable> table_;
  std::atomic<uint64_t> freshUs_{0};  ///< when the upstream that waits longest was refreshed; 0: one never was

  Exposition exposition_;
  AdminHttp admin_;
};

}  // namespace slotway
