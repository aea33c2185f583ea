// What a Worker does when memory is scarce: who holds much is read from no more, and beyond the limit who holds most goes.
#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "worker/worker.h"

namespace slotway {
namespace {

// Changes below it are not worth a look at the others.
constexpr int64_t kWorthTelling = 64 * 1024;
// So much each client may hold, however scarce memory is.
constexpr size_t kLeastHeld = 16 * 1024;
// Who holds less would not help by leaving.
constexpr size_t kWorthClosing = 1024;

}  // namespace

void Worker::lookAtMemory() {
  const int64_t held = Bytes::inUse();
  if (memoryLevel_ == MemoryBudget::Level::Free && std::abs(held - toldBytes_) < kWorthTelling) return;
  tellMemory(held);
  memoryLevel_ = budget_.level(memoryLevel_);
  const size_t clients = std::max<size_t>(seating_.taken(), 1);
  const size_t fair = std::max(static_cast<size_t>(budget_.limit()) / 8 / clients, kLeastHeld);
  scratch_.mayHold = memoryLevel_ == MemoryBudget::Level::Free ? ClientScratch::kHoldBytes
                                                               : std::min(ClientScratch::kHoldBytes, fair);
}

void Worker::tellMemory(int64_t held) {
  toldBytes_ = held;
  budget_.tell(index_, held);
  cells_->set(Gauge::BufferedBytes, static_cast<uint64_t>(std::max<int64_t>(held, 0)));
}

// Down to fifteen sixteenths, of which each worker does its share. What those that have left had at nodes stays until these
// answer: before the next ones go there is a tick's time, unless memory grows meanwhile.
void Worker::relieveMemory() {
  const int64_t held = Bytes::inUse();
  if (ticks_ == relievedAt_ && held < relievedFrom_) return;
  relievedAt_ = ticks_;
  relievedFrom_ = held;
  std::vector<std::pair<size_t, Client*>> all;
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) {
    if (const size_t bytes = client->footprint(); bytes >= kWorthClosing) all.emplace_back(bytes, client);
  }
  std::ranges::sort(all, std::greater<>(), &std::pair<size_t, Client*>::first);
  const int64_t total = budget_.total();
  const auto share = static_cast<double>(held) / static_cast<double>(total);
  auto excess = static_cast<int64_t>(static_cast<double>(total - budget_.limit() / 16 * 15) * share);
  for (auto next = all.begin(); next != all.end() && excess > 0; ++next) {
    const ClientFacts facts = next->second->facts();
    log::warn("client_closed_for_memory", {{"client", facts.address}, {"name", facts.name}, {"bytes", next->first}});
    cells_->fail(Failure::MemoryLimit);
    excess -= static_cast<int64_t>(next->first);
    next->second->close();
  }
}

}  // namespace slotway
