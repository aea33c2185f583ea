#include "worker/worker.h"

#include <malloc.h>
#include <sys/socket.h>

#include <atomic>

#include "base/check.h"
#include "base/log.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kTickMs = 100;
// What has not been needed for so long was a burst's.
constexpr uint64_t kTicksUntilShed = 20;
// From here on it is worth looking for whole pages among it.
constexpr size_t kMuchShed = 256 * 1024;

std::atomic<uint64_t> nextClientId{1};

// The socket is new, so its buffer takes the line; and nothing is owed to who came too late.
void refuse(int fd) {
  Bytes line;
  resp::error(line, textOf(Failure::ClientLimit));
  send(fd, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

Worker::Worker(size_t index, std::shared_ptr<const Settings> settings, std::shared_ptr<Cells> cells, PostOffice& post,
               Seating& seating, MemoryBudget& budget, const std::vector<ListenerSeat>& listeners)
    : index_(index),
      settings_(std::move(settings)),
      cells_(std::move(cells)),
      post_(post),
      seating_(seating),
      budget_(budget),
      flushList_(loop_),
      mailbox_(loop_, [this](WorkerLetter& letter) { std::visit([this](auto& content) { read(content); }, letter); }),
      tick_(loop_, [this] { onTick(); }),
      troubleLog_(index, *cells_),
      slowLog_(index, seating.workers(), settings_->slowLog.entries),
      pauseEnd_(loop_, [this] { unpause(); }),
      monitorsAt_(seating.workers(), 0),
      linesOnTheirWay_(seating.workers(), 0),
      bornMs_(loop_.nowMs()) {
  for (size_t i = 0; i < settings_->upstreams.size(); ++i) {
    routers_.push_back(std::make_unique<Router>(loop_, *cells_, *settings_, i, [this](const RefreshRequest& request) {
      post_.toControl(RefreshWanted{index_, request});
    }));
    routers_.back()->tellLosses([this, i](uint64_t marks) {
      for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) {
        client->hearLost(*routers_[i], marks);
      }
    });
    routers_.back()->scripts().connect(
        [this, i](ScriptsToControl letter) { post_.toControl(ScriptsSaid{index_, i, std::move(letter)}); });
    hubs_.push_back(std::make_unique<Hub>(
        *routers_[i], i, index_, seating.workers(),
        Hub::Voice{[this](CensusNews news) { post_.toControl(TellCensus{std::move(news)}); },
                   [this](size_t worker, ArrivalNews news) { post_.toWorker(worker, HearArrival{std::move(news)}); }}));
  }
  for (const ListenerSeat& seat : listeners) {
    listeners_.push_back(std::make_unique<Listener>(
        loop_, seat.fd, [this, listener = seat.listener](int fd) { onAccept(fd, listener); },
        [this] { cells_->add(Counter::AcceptFailures); }));
  }
  scratch_.paused = Paused::Unreached;
  setSlowUs(static_cast<int64_t>(settings_->slowLog.thresholdMs) * 1000);
  loop_.setHandled([this] { flushList_.flush(); });
  loop_.setTurnEnd([this] { onTurnEnd(); });
  loop_.setFull([this] { return isFull(); });
  tick_.start(kTickMs, kTickMs);
}

Worker::~Worker() { mailbox_.close(); }

void Worker::start() {
  thread_ = std::thread([this] {
    tickDueUs_ = loop_.nowUs() + kTickMs * 1000;
    loop_.run();
  });
}

void Worker::join() { thread_.join(); }

// --- clients come and go ---

void Worker::onAccept(int fd, size_t listener) {
  Descriptor descriptor(fd);
  const std::optional<size_t> worker = seating_.take();
  if (!worker) {
    cells_->add(Counter::ClientsRejected);
    cells_->fail(Failure::ClientLimit);
    return refuse(fd);
  }
  if (*worker == index_) return seat(std::move(descriptor), listener);
  post_.toWorker(*worker, SeatClient{std::move(descriptor), listener});
}

void Worker::seat(Descriptor fd, size_t listener) {
  if (stopByMs_ != 0) return seating_.leave(index_);
  const ListenerSettings& settings = settings_->listeners[listener];
  auto client = std::make_unique<Client>(static_cast<ClientHouse&>(*this), *routers_[settings_->upstreamOf(settings)],
                                         settings, nextClientId.fetch_add(1));
  if (!client->open(fd.release())) return seating_.leave(index_);
  cells_->add(Counter::ClientsAccepted);
  seating_.seated(client->id(), index_);
  clients_.pushBack(*client.release());
  cells_->set(Gauge::Clients, clients_.size());
}

void Worker::clientGone(Client& client) { gone_.push_back(&client); }

void Worker::bury() {
  for (Client* client : gone_) {
    if (client->isMonitor()) monitorEnds(*client);
    flushList_.drop(*client);
    clients_.remove(*client);
    seating_.gone(client->id());
    delete client;
    seating_.leave(index_);
  }
  if (!gone_.empty()) cells_->set(Gauge::Clients, clients_.size());
  gone_.clear();
}

// --- the turn and the clock ---

void Worker::onTurnEnd() {
  CHECK_THAT(loop_.onThread());
  lookAtMemory();
  if (memoryLevel_ == MemoryBudget::Level::Used) relieveMemory();
  if (!monitorLines_.empty()) passMonitorLines();
  bool again = true;
  while (again) {
    flushList_.flush();
    // Before anything is written: what was under way for one that has left must not take what others give now.
    bury();
    for (auto& hub : hubs_) hub->flush();
    for (auto& router : routers_) router->flush();
    again = !flushList_.empty() || !gone_.empty();
    for (auto& hub : hubs_) again |= hub->dirty();
    for (auto& router : routers_) again |= router->dirty();
  }
  leaving_ = 0;
  if (stopByMs_ != 0) stopIfDone();
}

void Worker::onTick() {
  const uint64_t nowUs = loop_.nowUs();
  cells_->observe(Histogram::LoopLag, nowUs - std::min(nowUs, tickDueUs_));
  tickDueUs_ = nowUs + kTickMs * 1000;
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) {
    client->checkTime(nowUs, loop_.nowMs());
  }
  if (unreached_) lookWhetherReached();
  for (auto& router : routers_) router->checkStalled();
  for (auto& hub : hubs_) hub->tick();
  troubleLog_.tick(loop_.nowMs());
  if (++ticks_ % kTicksUntilShed == 0) shed();
  weighMemory(held());
}

// Small blocks lie between others, so freeing them gives the system nothing by itself.
void Worker::shed() {
  size_t bytes = scratch_.desks.shed() + Bytes::shedFreeLists();
  for (auto& router : routers_) bytes += router->shed();
  if (bytes >= kMuchShed) malloc_trim(0);
}

void Worker::stopIfDone() {
  if (stopped_) return;
  bool busy = !clients_.empty();
  for (auto& router : routers_) busy |= router->hasOrphans();
  if (busy && loop_.nowMs() < stopByMs_) return;
  if (busy) log::warn("drain_cut_short", {{"worker", index_}, {"clients", clients_.size()}});
  stopped_ = true;
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) client->close();
  bury();
  for (auto& hub : hubs_) hub->close();
  for (auto& router : routers_) router->close();
  tick_.stop();
  post_.toControl(Stopped{index_});
  loop_.stop();
}

// --- letters ---

void Worker::read(News& letter) {
  routers_[letter.upstream]->adopt(std::move(letter.news));
  if (unreached_) lookWhetherReached();
}

void Worker::read(RefreshDone& letter) { routers_[letter.upstream]->refreshed(letter.ticket); }

void Worker::read(ScriptsWord& letter) { routers_[letter.upstream]->hear(std::move(letter.letter)); }

void Worker::read(SeatClient& letter) { seat(std::move(letter.fd), letter.listener); }

ProcessView Worker::process() {
  return {index_, seating_.workers(), seating_.taken(), (loop_.nowMs() - bornMs_) / 1000};
}

Hub& Worker::hub(const Router& router) {
  size_t upstream = 0;
  while (routers_[upstream].get() != &router) ++upstream;
  return *hubs_[upstream];
}

void Worker::read(HearCensus& letter) {
  hubs_[letter.news->upstream]->hear(*letter.news);
  post_.toControl(CensusTaken{std::move(letter.news)});
}

void Worker::read(HearArrival& letter) { hubs_[letter.news.upstream]->hear(letter.news); }

void Worker::read(CensusHeard& letter) { hubs_[letter.upstream]->heard(letter.serial); }

void Worker::read(Stop&) {
  stopByMs_ = loop_.nowMs() + settings_->timeouts.drainMs;
  listeners_.clear();
  for (auto& hub : hubs_) hub->waitForNoOther();
  for (Client* client = clients_.front(); client != nullptr; client = clients_.next(*client)) client->finish();
}

}  // namespace slotway
