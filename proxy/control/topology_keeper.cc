#include "control/topology_keeper.h"

#include <algorithm>

#include "base/log.h"
#include "cluster/view_merge.h"
#include "resp/reply_reader.h"

namespace slotway {
namespace {

// COMMAND is asked for with the first refresh and every so many after it: modules come and go rarely.
constexpr uint64_t kRoundsPerCommands = 60;

Slice textOf(Slice reply) {
  const auto frame = resp::ReplyReader(reply).next();
  return frame.isText() ? frame.text : Slice{};
}

std::string valueOf(Slice info, Slice key) {
  const std::string start = std::string(key) + ":";
  const size_t at = info.find(start);
  if (at == Slice::npos) return "";
  const Slice rest = info.substr(at + start.size());
  return std::string(rest.substr(0, rest.find_first_of("\r\n")));
}

}  // namespace

TopologyKeeper::TopologyKeeper(Loop& loop, Cells& cells, const Settings& settings, size_t upstream, size_t workers,
                               Listener listener)
    : loop_(loop),
      cells_(cells),
      settings_(settings),
      upstream_(upstream),
      listener_(std::move(listener)),
      wanted_(workers, 0),
      answering_(workers, 0),
      answered_(workers, 0),
      next_(loop, [this] { begin(); }),
      random_(std::random_device{}()) {}

void TopologyKeeper::start() { begin(); }

void TopologyKeeper::stop() {
  next_.stop();
  probe_.reset();
  running_ = true;  // nothing begins any more
}

void TopologyKeeper::want(size_t worker, const RefreshRequest& request) {
  // Many may want the same round; the first names its cause.
  if (cause_ == RefreshCause::Periodic) cause_ = request.cause;
  wanted_[worker] = std::max(wanted_[worker], request.ticket);
  const bool asked = std::find(asks_.begin(), asks_.end(), request.ask) != asks_.end();
  if (!request.ask.host.empty() && !asked) asks_.push_back(request.ask);
  if (running_) return;
  const uint64_t earliest = startedMs_ + settings_.timeouts.topologyMinIntervalMs;
  scheduleNext(earliest > loop_.nowMs() ? earliest - loop_.nowMs() : 0);
}

void TopologyKeeper::scheduleNext(uint64_t delayMs) { next_.start(delayMs); }

void TopologyKeeper::begin() {
  if (running_) return;
  running_ = true;
  changed_ = false;
  otherCluster_ = nullptr;
  ownNodeAnswered_ = false;
  cells_.add(Counter::TopologyRefreshes, std::exchange(cause_, RefreshCause::Periodic), 1);
  startedMs_ = loop_.nowMs();
  answering_ = wanted_;
  listCandidates();
  askNext();
}

// First who somebody wants to be asked, then the known nodes in random order (masters that are well before others), then
// the seeds, whose names are resolved anew.
void TopologyKeeper::listCandidates() {
  const std::vector<Endpoint> asked = std::exchange(asks_, {});
  candidates_.assign(asked.begin(), asked.end());
  if (map_ != nullptr) {
    std::vector<const Node*> nodes;
    for (const Node& node : map_->nodes()) nodes.push_back(&node);
    std::shuffle(nodes.begin(), nodes.end(), random_);
    std::stable_partition(nodes.begin(), nodes.end(),
                          [](const Node* node) { return !node->failed && node->role == Role::Master; });
    for (const Node* node : nodes) {
      if (std::find(asked.begin(), asked.end(), node->endpoint) == asked.end()) candidates_.push_back(node->endpoint);
    }
  }
  std::vector<std::string> seeds = settings_.upstreams[upstream_].seeds;
  std::shuffle(seeds.begin(), seeds.end(), random_);
  for (const std::string& seed : seeds) {
    const Result<Endpoint> endpoint = parseEndpoint(seed);
    if (endpoint && std::find(candidates_.begin(), candidates_.end(), endpoint.value()) == candidates_.end()) {
      candidates_.push_back(endpoint.value());
    }
  }
}

void TopologyKeeper::askNext() {
  if (candidates_.empty()) return otherCluster_ != nullptr && !ownNodeAnswered_ ? takeOtherCluster() : failRound();
  const Probe::Scope scope = roundsUntilCommands_ == 0 ? Probe::Scope::TopologyAndCommands : Probe::Scope::Topology;
  probe_ = std::make_unique<Probe>(loop_, cells_, settings_.timeouts, settings_.upstreams[upstream_], candidates_.front(),
                                   scope);
  candidates_.pop_front();
}

void TopologyKeeper::flush() {
  if (probe_ == nullptr) return;
  probe_->flush();
  if (probe_->done()) probed();
}

void TopologyKeeper::probed() {
  std::string failure = probe_->failure();
  if (failure.empty()) failure = learnTopology();
  if (failure.empty()) {
    learnServer();
    probe_.reset();
    return succeed();
  }
  lastFailure_ = probe_->node().text() + ": " + failure;
  probe_.reset();
  askNext();
  if (probe_ != nullptr) probe_->flush();
}

// Empty, or why this node's view was of no use.
std::string TopologyKeeper::learnTopology() {
  const TopologyReplies replies{textOf(probe_->clusterNodes()), textOf(probe_->clusterInfo()), probe_->clusterSlots()};
  Result<TopologyView> view = parseTopology(replies, probe_->node(), settings_.upstreams[upstream_].addressMap);
  if (!view) return view.error();
  const MergedMap merged = mergeView(map_, *view);
  if (merged.use == ViewUse::OtherCluster) {
    if (isSeed(probe_->node())) otherCluster_ = merged.map;
    return "it belongs to another cluster";
  }
  ownNodeAnswered_ = true;
  if (merged.use == ViewUse::ClusterFailing) return "its cluster_state is fail";
  if (merged.use == ViewUse::Stale) return "its view of the cluster is stale";
  if (merged.changed) take(merged.map);
  return "";
}

// An address that now belongs to another cluster (a pod's, say) must not turn all traffic there. Only when no node of the
// cluster that we know answers, and a seed says so, has the cluster itself been replaced.
void TopologyKeeper::takeOtherCluster() {
  log::warn("cluster_replaced", {{"upstream", name()}});
  take(std::exchange(otherCluster_, nullptr));
  succeed();
}

bool TopologyKeeper::isSeed(const Endpoint& endpoint) const {
  const std::vector<std::string>& seeds = settings_.upstreams[upstream_].seeds;
  return std::any_of(seeds.begin(), seeds.end(), [&](const std::string& seed) {
    const Result<Endpoint> parsed = parseEndpoint(seed);
    return parsed && parsed.value() == endpoint;
  });
}

void TopologyKeeper::take(std::shared_ptr<const SlotMap> map) {
  map_ = std::move(map);
  changed_ = true;
  const bool whole = map_->coveredSlots() == kHashSlots;
  log::event(whole ? log::Level::Info : log::Level::Warn, "topology_changed",
             {{"upstream", name()},
              {"epoch", map_->epoch()},
              {"nodes", map_->nodes().size()},
              {"covered_slots", map_->coveredSlots()}});
}

void TopologyKeeper::learnServer() {
  if (!probe_->commands().empty()) {
    listener_.onCommands(probe_->commands());
    roundsUntilCommands_ = kRoundsPerCommands;
  }
  --roundsUntilCommands_;
  if (probe_->serverInfo().empty()) return;
  std::string version = valueOf(textOf(probe_->serverInfo()), "redis_version");
  changed_ |= version != serverVersion_;
  serverVersion_ = std::move(version);
}

void TopologyKeeper::succeed() {
  running_ = false;
  freshUs_ = Loop::monotonicUs();
  backoffMs_ = 0;
  if (!trouble_.empty()) {
    log::info("topology_recovered", {{"upstream", name()}});
    trouble_.clear();
    changed_ = true;
  }
  if (changed_) listener_.onNews();
  for (size_t worker = 0; worker < answering_.size(); ++worker) {
    if (answering_[worker] > answered_[worker]) listener_.onDone(worker, answered_[worker] = answering_[worker]);
  }
  const uint64_t period = settings_.timeouts.topologyRefreshMs;
  scheduleNext(wanted_ != answered_ ? settings_.timeouts.topologyMinIntervalMs : period);
}

void TopologyKeeper::failRound() {
  running_ = false;
  cells_.add(Counter::TopologyFailures);
  if (trouble_.empty()) log::error("topology_unreachable", {{"upstream", name()}, {"reason", lastFailure_}});
  if (trouble_ != lastFailure_) {
    trouble_ = lastFailure_;
    listener_.onNews();
  }
  const Settings::Timeouts& timeouts = settings_.timeouts;
  backoffMs_ = std::min(std::max({backoffMs_ * 2, timeouts.reconnectMinMs, timeouts.topologyMinIntervalMs}),
                        std::max(timeouts.reconnectMaxMs, timeouts.topologyMinIntervalMs));
  scheduleNext(backoffMs_ / 2 + std::uniform_int_distribution<uint64_t>(0, backoffMs_ / 2)(random_));
}

}  // namespace slotway
