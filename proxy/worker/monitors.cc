// MONITOR: every worker gathers what its clients ask for in a turn, shows it to the monitors among them and sends it to the
// workers that have others. While nobody monitors, a client tests one flag.
#include <algorithm>

#include "worker/worker.h"

namespace slotway {

void Worker::passMonitorLines() {
  const auto lines = std::make_shared<const std::string>(std::exchange(monitorLines_, {}));
  showMonitors(*lines);
  for (size_t worker = 0; worker < monitorsAt_.size(); ++worker) {
    uint64_t& onTheirWay = linesOnTheirWay_[worker];
    if (worker == index_ || monitorsAt_[worker] == 0) continue;
    // As much as one client may leave unread: a worker that is so far behind has none that could keep up.
    if (onTheirWay > settings_->limits.clientOutputBytes) {
      post_.toWorker(worker, MonitorLines{index_, nullptr});
      continue;
    }
    onTheirWay += lines->size();
    post_.toWorker(worker, MonitorLines{index_, lines});
  }
}

void Worker::showMonitors(const std::string& lines) {
  for (Client* client : monitors_) client->show(lines);
}

void Worker::read(MonitorLines& letter) {
  if (letter.lines == nullptr) {
    for (Client* client : monitors_) client->close();
    return;
  }
  showMonitors(*letter.lines);
  post_.toWorker(letter.from, MonitorLinesTaken{index_, letter.lines->size()});
}

void Worker::read(MonitorLinesTaken& letter) { linesOnTheirWay_[letter.by] -= letter.bytes; }

void Worker::countMonitors(size_t worker, int change) {
  monitorsAt_[worker] += static_cast<uint64_t>(change);
  scratch_.monitored = std::ranges::any_of(monitorsAt_, [](uint64_t count) { return count > 0; });
}

// All workers know of it by now. It may have gone meanwhile, or be none any more.
void Worker::seatMonitor(Client* client) {
  const bool isOne = client != nullptr && client->isMonitor();
  if (isOne && std::ranges::find(monitors_, client) == monitors_.end()) monitors_.push_back(client);
}

void Worker::monitorEnds(Client& client) {
  std::erase(monitors_, &client);
  ask({.kind = ClientQuestion::Kind::MonitorEnds});
}

}  // namespace slotway
