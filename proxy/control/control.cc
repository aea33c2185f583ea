#include "control/control.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/check.h"
#include "base/log.h"
#include "control/process_stats.h"
#include "settings/cpus.h"
#include "settings/command_line.h"

namespace slotway {

namespace {

// Links, listeners, the admin server and the log need descriptors beside the clients', and are lost first without them.
constexpr uint64_t kOwnDescriptors = 1024;

// How many of so many clients there may be at a time. The soft limit is often 1024, with a hard one far above; where that is
// low, too, a quarter is kept for the others: without links no client is served.
uint64_t clientsThatFit(uint64_t clients) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return clients;
  const rlim_t wanted = clients + kOwnDescriptors;
  if (limit.rlim_cur >= wanted) return clients;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= wanted) return clients;
  const uint64_t fit = limit.rlim_cur - std::min<uint64_t>(kOwnDescriptors, limit.rlim_cur / 4);
  const uint64_t fewer = std::min(fit, clients);
  log::warn("few_descriptors", {{"limit", uint64_t{limit.rlim_cur}}, {"wanted", uint64_t{wanted}}, {"clients", fewer}});
  return fewer;
}

}  // namespace

int runControl(std::shared_ptr<const Settings> settings) {
  // A peer that is gone shows as an error of the write, not as a signal.
  std::signal(SIGPIPE, SIG_IGN);
  log::start(static_cast<log::Level>(settings->log.level), static_cast<log::Format>(settings->log.format));
  int exitCode = 0;
  {
    Control control(settings);
    const std::string failure = control.start();
    if (failure.empty()) {
      control.run();
      log::info("stopped");
    } else {
      log::error("cannot_start", {{"reason", failure}});
      exitCode = 1;
    }
  }
  log::stop();
  return exitCode;
}

namespace {

// Each worker has its share of what is the process's, which has its share of the machine.
std::shared_ptr<const Settings> fitToMachine(std::shared_ptr<const Settings> settings) {
  auto resolved = std::make_shared<Settings>(*settings);
  resolved->workers = static_cast<unsigned>(resolveWorkers(*settings, affinityCpus(), quotaCpus()));
  resolved->limits.clients = clientsThatFit(resolved->limits.clients);
  return resolved;
}

}  // namespace

Control::Control(std::shared_ptr<const Settings> settings)
    : settings_(fitToMachine(std::move(settings))),
      workerCount_(settings_->workers),
      mailbox_(loop_, [this](ControlLetter& letter) { std::visit([this](auto& content) { read(content); }, letter); }),
      signals_(loop_, {SIGTERM, SIGINT}, [this](int number) { onSignal(number); }),
      seating_(workerCount_, settings_->limits.clients),
      budget_(workerCount_, settings_->limits.memory),
      cells_(std::make_shared<Cells>()),
      table_(CommandTable::builtin()),
      exposition_(std::string(programVersion()), [this](size_t index) { return commandName(index); },
                  [this](ScrapedValues& values) { fillScraped(values); }),
      admin_([this] { return exposition_.text(); }, [this] { return readiness(); }) {
  cells_->set(Gauge::SlotsUncovered, kHashSlots);
  exposition_.adopt(cells_);
  loop_.setTurnEnd([this] { onTurnEnd(); });
  for (size_t i = 0; i < settings_->upstreams.size(); ++i) {
    keepers_.push_back(std::make_unique<TopologyKeeper>(
        loop_, *cells_, *settings_, i, workerCount_,
        TopologyKeeper::Listener{
            [this, i] { publish(i); },
            [this, i](size_t worker, uint64_t ticket) { toWorker(worker, RefreshDone{i, ticket}); },
            [this](Slice reply) { learnCommands(reply); }}));
    couriers_.push_back(std::make_unique<FunctionCourier>(
        loop_, *cells_, *settings_, i,
        [this, i](FunctionCourier::Waiter waiter) { tellOfScripts(waiter.first, i, WishGranted{waiter.second}); }));
    relays_.push_back(std::make_unique<ScriptRelay>(
        workerCount_, *couriers_.back(),
        [this, i](size_t worker, ScriptsToWorker letter) { tellOfScripts(worker, i, std::move(letter)); }));
  }
}

Control::~Control() {
  admin_.stop();
  mailbox_.close();
}

std::string Control::bindListeners(std::vector<std::vector<ListenerSeat>>& seats) {
  for (size_t listener = 0; listener < settings_->listeners.size(); ++listener) {
    const Result<Address> address = parseBind(settings_->listeners[listener].bind);
    if (!address) return address.error();
    const std::string occupied = whyOccupied(address.value());
    if (!occupied.empty()) return occupied;
    // Every worker listens on TCP; a Unix socket has one file, so one of them does.
    const size_t listening = address.value().isUnix() ? 1 : workerCount_;
    for (size_t worker = 0; worker < listening; ++worker) {
      const Result<int> fd = bindListener(address.value());
      if (!fd) return fd.error();
      seats[worker].push_back({fd.value(), listener});
    }
  }
  return "";
}

std::string Control::start() {
  std::vector<std::vector<ListenerSeat>> seats(workerCount_);
  const std::string bindFailure = bindListeners(seats);
  for (size_t i = 0; i < workerCount_; ++i) {
    auto cells = std::make_shared<Cells>();
    exposition_.adopt(cells, std::to_string(i));
    workers_.push_back(std::make_unique<Worker>(i, settings_, cells, static_cast<PostOffice&>(*this), seating_,
                                                budget_, seats[i]));
  }
  if (!bindFailure.empty()) return bindFailure;
  const Result<uint16_t> admin = admin_.start(settings_->adminBind);
  if (!admin) return admin.error();

  running_ = workerCount_;
  for (auto& worker : workers_) worker->start();
  for (auto& keeper : keepers_) keeper->start();
  for (const ListenerSettings& listener : settings_->listeners) {
    log::info("listening", {{"bind", listener.bind}, {"upstream", listener.upstream}, {"workers", workerCount_}});
  }
  log::info("started", {{"version", programVersion()}, {"admin", settings_->adminBind}});
  return "";
}

void Control::run() {
  loop_.run();
  for (auto& worker : workers_) worker->join();
}

void Control::onTurnEnd() {
  CHECK_THAT(loop_.onThread());
  uint64_t oldestUs = UINT64_MAX;
  for (auto& keeper : keepers_) {
    keeper->flush();
    oldestUs = std::min(oldestUs, keeper->freshUs());
  }
  for (auto& courier : couriers_) courier->flush();
  freshUs_.store(oldestUs, std::memory_order_relaxed);
}

// The first asks for a drain; workers bound it by the drain deadline.
void Control::onSignal(int number) {
  if (stopping_) return;
  stopping_ = true;
  log::info("stopping", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}, {"drain_ms", settings_->timeouts.drainMs}});
  publishReadiness();
  for (size_t worker = 0; worker < workers_.size(); ++worker) toWorker(worker, Stop{});
}

// --- what is known, for workers and for HTTP threads ---

void Control::publish(size_t upstream) {
  const TopologyKeeper& keeper = *keepers_[upstream];
  const auto news = std::make_shared<UpstreamNews>(
      UpstreamNews{keeper.map(), table_, keeper.trouble(), keeper.serverVersion()});
  for (size_t worker = 0; worker < workers_.size(); ++worker) toWorker(worker, News{upstream, news});
  couriers_[upstream]->adopt(keeper.map());

  uint64_t uncovered = 0;
  uint64_t epoch = 0;
  for (const auto& each : keepers_) {
    uncovered += kHashSlots - (each->map() == nullptr ? 0 : each->map()->coveredSlots());
    epoch = std::max(epoch, each->map() == nullptr ? 0 : each->map()->epoch());
  }
  cells_->set(Gauge::SlotsUncovered, uncovered);
  cells_->set(Gauge::TopologyEpoch, epoch);
  publishReadiness();
}

std::string Control::readinessOf(const TopologyKeeper& keeper, bool& ready) const {
  if (keeper.map() == nullptr) {
    ready = false;
    return "not ready: upstream " + keeper.name() + ": topology unknown: " +
           (keeper.trouble().empty() ? "not asked yet" : keeper.trouble()) + "\n";
  }
  std::string text;
  const uint32_t uncovered = kHashSlots - keeper.map()->coveredSlots();
  if (uncovered > 0) {
    const bool required = settings_->readyRequires == ReadyRequires::FullCoverage;
    ready = ready && !required;
    text += std::string(required ? "not ready" : "degraded") + ": upstream " + keeper.name() + ": " +
            std::to_string(uncovered) + " hash slots are not covered\n";
  }
  if (!keeper.trouble().empty()) {
    text += "degraded: upstream " + keeper.name() + ": topology cannot be refreshed: " + keeper.trouble() + "\n";
  }
  return text;
}

void Control::publishReadiness() {
  bool ready = !stopping_;
  std::string body = stopping_ ? "not ready: shutting down\n" : "";
  for (const auto& keeper : keepers_) body += readinessOf(*keeper, ready);
  if (ready) body = "ready\n" + body;
  std::lock_guard lock(published_);
  readiness_ = {ready, std::move(body)};
}

Readiness Control::readiness() const {
  std::lock_guard lock(published_);
  return readiness_;
}

void Control::learnCommands(Slice reply) {
  Result<std::shared_ptr<const CommandTable>> table = table_->learn(reply);
  if (!table) return log::warn("commands_not_learned", {{"reason", table.error()}});
  if (*table == table_) return;
  log::info("commands_learned", {{"commands", (*table)->commands().size() - table_->commands().size()}});
  {
    std::lock_guard lock(published_);
    table_ = *table;
  }
  for (size_t upstream = 0; upstream < keepers_.size(); ++upstream) publish(upstream);
}

std::string Control::commandName(size_t index) const {
  std::lock_guard lock(published_);
  return table_->commands()[index].name;
}

void Control::fillScraped(ScrapedValues& values) const {
  readProcess(values);
  const uint64_t freshUs = freshUs_.load(std::memory_order_relaxed);
  if (freshUs != 0) values.set(Scraped::TopologyAge, static_cast<double>(Loop::monotonicUs() - freshUs) / 1e6);
}

// --- letters ---

void Control::read(RefreshWanted& letter) { keepers_[letter.request.upstream]->want(letter.worker, letter.request); }

void Control::read(ClientsAsked& letter) {
  const ClientQuestion& question = letter.question;
  if (question.clientId != 0) questions_[{question.clientId, question.sequence}] = {workers_.size(), {}};
  for (size_t worker = 0; worker < workers_.size(); ++worker) toWorker(worker, AskClients{question});
}

void Control::read(ClientsCounted& letter) {
  const auto open = questions_.find({letter.question.clientId, letter.question.sequence});
  if (open == questions_.end()) return;
  OpenQuestion& question = open->second;
  question.answer.add(std::move(letter.answer));
  if (--question.waiting > 0) return;
  toWorker(letter.question.worker, ClientsAnswered{letter.question, std::move(question.answer)});
  questions_.erase(open);
}

void Control::tellOfScripts(size_t worker, size_t upstream, ScriptsToWorker&& letter) {
  toWorker(worker, ScriptsWord{upstream, std::move(letter)});
}

void Control::read(ScriptsSaid& letter) {
  std::visit([&](const auto& content) { relays_[letter.upstream]->read(letter.worker, content); }, letter.letter);
}

void Control::read(TellCensus& letter) {
  const auto news = std::make_shared<const CensusNews>(std::move(letter.news));
  censuses_[news.get()] = workers_.size() - 1;
  for (size_t worker = 0; worker < workers_.size(); ++worker) {
    if (worker != news->worker) toWorker(worker, HearCensus{news});
  }
}

void Control::read(CensusTaken& letter) {
  const auto open = censuses_.find(letter.news.get());
  if (open == censuses_.end() || --open->second > 0) return;
  censuses_.erase(open);
  toWorker(letter.news->worker, CensusHeard{letter.news->upstream, letter.news->serial});
}

void Control::read(Stopped& letter) {
  log::debug("worker_stopped", {{"worker", letter.worker}});
  if (--running_ > 0) return;
  for (auto& keeper : keepers_) keeper->stop();
  for (auto& courier : couriers_) courier->stop();
  loop_.stop();
}

}  // namespace slotway
