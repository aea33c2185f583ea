// What a Worker does when memory is scarce: who holds much is read from no more, then nobody, and who holds most goes.
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

}  // namespace

// Objects that are made by the number are as much in all as the bytes that they stand for.
int64_t Worker::held() const {
  size_t objects = scratch_.desks.bytesInUse();
  for (const auto& router : routers_) objects += router->objectBytes();
  return Bytes::inUse() + static_cast<int64_t>(objects);
}

// In one turn thousands of clients may send much each.
bool Worker::isFull() {
  lookAtMemory();
  return memoryLevel_ == MemoryBudget::Level::Used;
}

void Worker::lookAtMemory() {
  const int64_t held = this->held();
  if (memoryLevel_ == MemoryBudget::Level::Free && std::abs(held - toldBytes_) < kWorthTelling) return;
  weighMemory(held);
}

void Worker::weighMemory(int64_t held) {
  toldBytes_ = held;
  budget_.tell(index_, held);
  cells_->set(Gauge::BufferedBytes, static_cast<uint64_t>(std::max<int64_t>(held, 0)));
  memoryLevel_ = budget_.level(memoryLevel_);
  scratch_.mayHold = ClientScratch::kHoldBytes;
  if (memoryLevel_ == MemoryBudget::Level::Free) return;
  Bytes::trimFreeLists();
  scratch_.mayHold = std::clamp(fairShare(), kLeastHeld, ClientScratch::kHoldBytes);
}

size_t Worker::fairShare() const { return static_cast<size_t>(budget_.limit()) / 8 / std::max<size_t>(seating_.taken(), 1); }

// Down to nine sixteenths, of which each worker does its share. Large requests of theirs that nodes have been given in part
// stay until these have answered: before others go for them there is a tick's time, unless memory grows meanwhile.
void Worker::relieveMemory() {
  const int64_t held = this->held() - leaving_;
  if (ticks_ == relievedAt_ && held <= relievedTo_ + budget_.limit() / 64) return;
  relievedAt_ = ticks_;
  // All that hold less may go on: together it is not much.
  const size_t worthClosing = fairShare();
  std::vector<std::pair<size_t, Client*>> all;
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) {
    if (const size_t bytes = client->footprint(); bytes > worthClosing) all.emplace_back(bytes, client);
  }
  std::ranges::sort(all, std::greater<>(), &std::pair<size_t, Client*>::first);
  const int64_t total = budget_.total() - leaving_;
  const auto share = static_cast<double>(held) / static_cast<double>(total);
  auto excess = static_cast<int64_t>(static_cast<double>(total - budget_.limit() / 16 * 9) * share);
  for (auto next = all.begin(); next != all.end() && excess > 0; ++next) {
    const ClientFacts facts = next->second->facts();
    log::warn("client_closed_for_memory", {{"client", facts.address}, {"name", facts.name}, {"bytes", next->first}});
    excess -= static_cast<int64_t>(next->first);
    leaving_ += static_cast<int64_t>(next->first) - this->held();
    next->second->closeForMemory();
    leaving_ += this->held();
  }
  relievedTo_ = this->held() - leaving_;
}

}  // namespace slotway
