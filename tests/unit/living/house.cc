#include "living/house.h"

#include "base/check.h"

namespace slotway::test {

House::House() {
  settings.upstreams.push_back({"main", UpstreamKind::Cluster, {"127.0.0.1:1"}, "", "", {}});
  settings.listeners.push_back({"127.0.0.1:1", "main"});
  settings.timeouts.reconnectMinMs = 1;
  settings.timeouts.reconnectMaxMs = 4;
  stage.loop.setTurnEnd([this] { onTurnEnd(); });
}

House::~House() {
  for (auto& client : clients_) {
    if (client != nullptr) client->close();
  }
  bury();
  hub_.reset();
  if (router_ != nullptr) router_->close();
  stage.loop.setTurnEnd(nullptr);
}

Router& House::router() {
  if (router_ == nullptr) {
    router_ = std::make_unique<Router>(stage.loop, *cells, settings, 0,
                                       [this](const RefreshRequest& request) { refreshes.push_back(request); });
    router_->tellLosses([this](uint64_t marks) {
      for (auto& client : clients_) {
        if (client != nullptr) client->hearLost(*router_, marks);
      }
    });
  }
  return *router_;
}

Hub& House::hub() {
  if (hub_ == nullptr) {
    hub_ = std::make_unique<Hub>(router(), 0, 0, workers,
                                 Hub::Voice{[this](CensusNews news) { told.push_back(std::move(news)); },
                                            [this](size_t, ArrivalNews news) { arrivals.push_back(std::move(news)); }});
  }
  return *hub_;
}

void House::tell(std::shared_ptr<const SlotMap> map, std::shared_ptr<const CommandTable> table) {
  router().adopt(std::make_shared<const UpstreamNews>(UpstreamNews{std::move(map), std::move(table), "", serverVersion}));
}

Peer& House::seat() {
  int ends[2];
  CHECK_THAT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  clients_.push_back(std::make_unique<Client>(static_cast<ClientHouse&>(*this), router(), settings.listeners.front(),
                                              clients_.size() + 1));
  CHECK_THAT(clients_.back()->open(ends[0]));
  peers_.push_back(std::make_unique<Peer>(stage, ends[1]));
  return *peers_.back();
}

void House::passDeadlines() {
  const uint64_t laterUs = stage.loop.nowUs() + settings.timeouts.requestDeadlineMs * 1000;
  for (auto& client : clients_) {
    if (client != nullptr) client->checkTime(laterUs, stage.loop.nowMs());
  }
}

size_t House::clientsLeft() const {
  return static_cast<size_t>(std::count_if(clients_.begin(), clients_.end(), [](auto& each) { return each != nullptr; }));
}

std::optional<size_t> House::workerOf(uint64_t clientId) {
  const bool there = clientId > 0 && clientId <= clients_.size() && clients_[clientId - 1] != nullptr;
  return there ? std::optional<size_t>(0) : std::nullopt;
}

void House::tell(size_t, Invalidation invalidation) {
  if (workerOf(invalidation.clientId)) return clients_[invalidation.clientId - 1]->hearInvalidated(invalidation.keys);
  if (workerOf(invalidation.trackerId)) clients_[invalidation.trackerId - 1]->redirectBroken();
}

FlushList& House::flushList() {
  if (!flushList_) flushList_.emplace(stage.loop, gatherMs);
  return *flushList_;
}

void House::onTurnEnd() {
  bool again = true;
  while (again) {
    if (hub_ != nullptr) hub_->flush();
    if (router_ != nullptr) router_->flush();
    flushList().flush();
    bury();
    again = !flushList().empty() || (router_ != nullptr && router_->dirty()) || (hub_ != nullptr && hub_->dirty());
  }
}

void House::bury() {
  for (Client* gone : gone_) {
    flushList().drop(*gone);
    std::find_if(clients_.begin(), clients_.end(), [&](auto& each) { return each.get() == gone; })->reset();
  }
  gone_.clear();
}

}  // namespace slotway::test
