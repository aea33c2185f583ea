// What a Worker is to its clients and its Router, without thread, listener and letters: the turn's end, the clients, and
// a control that the test plays itself.
//
//     House house;  ScriptedNode a(house.stage, "a");
//     house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
//     Peer& peer = house.seat();
//
// Owner: the test. Thread: the test's.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "client/flush_list.h"
#include "client/slow_log.h"
#include "cluster/slot_map_builder.h"
#include "living/node.h"
#include "pubsub/hub.h"
#include "living/peer.h"
#include "living/stage.h"

namespace slotway::test {

class House final : private ClientHouse {
 public:
  using ClientHouse::scratch;
  House();
  ~House();

  /// From here on the worker goes by this map.
  void know(SlotMapBuilder& map) { tell(map.build(), CommandTable::builtin()); }
  void know(SlotMapBuilder&& map) { know(map); }
  void tell(std::shared_ptr<const SlotMap> map, std::shared_ptr<const CommandTable> table);
  /// Every refresh that was asked for has ended.
  void refreshEnds() { router().refreshed(refreshes.empty() ? 0 : refreshes.back().ticket); }

  /// A new client, and its far end.
  Peer& seat();
  /// The clock has passed every deadline of what is in flight.
  void passDeadlines();
  /// The client at the other end of `peer`; null when it is gone.
  Client* client(size_t index) { return clients_.at(index).get(); }
  size_t clientsLeft() const;
  /// Bytes of answers that the client at the other end has not read; 0 when it is gone.
  size_t unread(size_t index) { return client(index) == nullptr ? 0 : client(index)->facts().outputBytes; }

  /// Made with the first use, so that settings may be changed before.
  Router& router();
  Hub& hub();
  uint64_t failures(Failure failure) { return cells->get(Counter::Failures, static_cast<size_t>(failure)); }

  Stage stage;
  Settings settings;
  std::unique_ptr<Cells> cells = std::make_unique<Cells>();
  uint64_t gatherMs = FlushList::kGatherMs;  ///< may be changed before the first client
  std::string serverVersion;                ///< of the nodes, told with the map
  std::vector<RefreshRequest> refreshes;    ///< what control was asked
  std::vector<ClientQuestion> questions;
  SlowLog slow{0, 1, 128};
  std::string shown;                        ///< to monitors
  size_t monitorsEnded = 0;
  size_t workers = 1;                       ///< so many there are, of which the house is the first; before the first client
  std::vector<CensusNews> told;             ///< what the other workers were told
  std::vector<ArrivalNews> arrivals;        ///< what they were asked, and answered

 private:
  void clientDirty(Client& client) override { flushList().add(client); }
  void clientGone(Client& client) override { gone_.push_back(&client); }
  void ask(ClientQuestion question) override { questions.push_back(std::move(question)); }
  std::optional<size_t> workerOf(uint64_t clientId) override;
  void tell(size_t worker, Invalidation invalidation) override;
  ProcessView process() override { return {0, 1, clientsLeft(), 0}; }
  SlowLog& slowLog() override { return slow; }
  void monitored(std::string line) override { shown += line; }
  void relieveMemory() override {}
  void monitorEnds(Client&) override { ++monitorsEnded; }
  Hub& hub(const Router&) override { return hub(); }
  FlushList& flushList();
  void onTurnEnd();
  void bury();

  std::optional<FlushList> flushList_;
  std::vector<Client*> gone_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Hub> hub_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace slotway::test
