#include "cluster/topology_view.h"

#include <algorithm>
#include <bitset>
#include <optional>
#include <set>

#include "cluster/number.h"
#include "cluster/slots_reply.h"

namespace slotway {
namespace {

using Preferred = PreferredEndpoint::Kind;

struct ClusterInfo {
  bool ok = false;
  uint64_t currentEpoch = 0;
};

// "cluster_state:ok\r\ncluster_slots_assigned:16384\r\n..."
std::optional<Slice> infoField(Slice info, Slice name) {
  for (size_t at = info.find(name); at != Slice::npos; at = info.find(name, at + 1)) {
    const bool lineStart = at == 0 || info[at - 1] == '\n';
    const Slice value = info.substr(at + name.size());
    if (lineStart && value.starts_with(':')) return value.substr(1, value.find_first_of("\r\n") - 1);
  }
  return std::nullopt;
}

Result<ClusterInfo> parseInfo(Slice info) {
  const std::optional<Slice> state = infoField(info, "cluster_state");
  if (!state || (*state != "ok" && *state != "fail")) return Error{"CLUSTER INFO: cluster_state cannot be read"};
  const std::optional<Slice> epochText = infoField(info, "cluster_current_epoch");
  const std::optional<uint64_t> epoch = epochText ? readNumber<uint64_t>(*epochText) : std::nullopt;
  if (!epoch) return Error{"CLUSTER INFO: cluster_current_epoch cannot be read"};
  return ClusterInfo{*state == "ok", *epoch};
}

/// Finds where each node wants to be reached.
class EndpointChooser {
 public:
  EndpointChooser(const PreferredEndpoints& preferred, const std::vector<NodesLine>& lines, const Endpoint& asked)
      : preferred_(preferred), asked_(asked) {
    for (const NodesLine& line : lines) learn(line);
  }

  /// Without host or port: it cannot be reached.
  Endpoint choose(const NodesLine& line) const {
    const auto entry = preferred_.find(line.id);
    const bool listed = entry != preferred_.end();
    Endpoint endpoint = listed ? Endpoint{hostOf(line, entry->second), entry->second.port} : unlisted(line);
    if (endpoint.port == 0) endpoint.port = line.port;
    if (endpoint.port == 0 && line.myself) endpoint.port = asked_.port;
    return endpoint;
  }

 private:
  enum class Prefers : uint8_t { Address, Hostname, AskedHost };

  // CLUSTER SLOTS leaves out who serves no slot; these prefer what the others do.
  void learn(const NodesLine& line) {
    const auto entry = preferred_.find(line.id);
    if (entry == preferred_.end()) return;
    const PreferredEndpoint& endpoint = entry->second;
    const bool named = endpoint.kind == Preferred::Given && endpoint.host == line.hostname && line.hostname != line.ip;
    if (endpoint.kind == Preferred::Unknown) clusterWide_ = Prefers::AskedHost;
    if (named || endpoint.kind == Preferred::NoHostname) clusterWide_ = Prefers::Hostname;
  }

  std::string address(const NodesLine& line) const {
    return line.ip.empty() && line.myself ? asked_.host : std::string(line.ip);
  }

  std::string hostOf(const NodesLine& line, const PreferredEndpoint& endpoint) const {
    switch (endpoint.kind) {
      case Preferred::Given: return endpoint.host;
      case Preferred::Asked:
      case Preferred::Unknown: return asked_.host;
      case Preferred::NoHostname: break;
    }
    return address(line);
  }

  Endpoint unlisted(const NodesLine& line) const {
    if (clusterWide_ == Prefers::AskedHost) return {asked_.host, 0};
    if (clusterWide_ == Prefers::Hostname && !line.hostname.empty()) return {std::string(line.hostname), 0};
    return {address(line), 0};
  }

  const PreferredEndpoints& preferred_;
  const Endpoint& asked_;
  Prefers clusterWide_ = Prefers::Address;
};

ViewNode makeNode(const NodesLine& line, Endpoint endpoint) {
  Node node{std::string(line.id),       std::move(endpoint), line.role,
            std::string(line.masterId), line.configEpoch,    line.failed};
  return {std::move(node), line.myself, line.suspected, line.noFailover, line.slots};
}

bool isReachable(const NodesLine& line, const Endpoint& endpoint) {
  return !line.handshake && !line.noAddress && line.roleKnown && !endpoint.host.empty() && endpoint.port != 0;
}

// Why this view contradicts itself; empty when it does not.
std::string contradiction(const TopologyView& view) {
  if (view.nodes.size() > kMaxViewNodes) return "there are too many nodes";
  std::set<Slice> ids;
  std::bitset<kHashSlots> owned;
  for (const ViewNode& each : view.nodes) {
    if (!ids.insert(each.node.id).second) return "node " + each.node.id + " is listed twice";
    if (each.node.role == Role::Replica && !each.slots.empty()) return "replica " + each.node.id + " owns slots";
    for (const SlotRange range : each.slots) {
      for (uint32_t slot = range.first; slot <= range.last; ++slot) {
        if (owned.test(slot)) return "slot " + std::to_string(slot) + " has two owners";
        owned.set(slot);
      }
    }
  }
  const auto isMyself = [](const ViewNode& each) { return each.myself; };
  const bool one = std::count_if(view.nodes.begin(), view.nodes.end(), isMyself) == 1;
  return one ? "" : "one line must be of the node itself";
}

void adoptMyself(const NodesLine& line, TopologyView& view) {
  view.myId = line.id;
  for (const NodesLine::Handover& handover : line.handovers) {
    view.migrations.push_back({handover.slot, std::string(handover.targetId)});
  }
}

}  // namespace

Result<TopologyView> parseTopology(const TopologyReplies& replies, const Endpoint& asked,
                                   const AddressMap& addressMap) {
  const Result<std::vector<NodesLine>> lines = parseNodesText(replies.nodes);
  if (!lines) return Error{lines.error()};
  const Result<ClusterInfo> info = parseInfo(replies.info);
  if (!info) return Error{info.error()};
  const Result<PreferredEndpoints> preferred = parseSlotsReply(replies.slots);
  if (!preferred) return Error{preferred.error()};

  TopologyView view;
  view.clusterOk = info.value().ok;
  view.currentEpoch = info.value().currentEpoch;
  const EndpointChooser chooser(preferred.value(), lines.value(), asked);
  for (const NodesLine& line : lines.value()) {
    const Endpoint endpoint = chooser.choose(line);
    if (!isReachable(line, endpoint)) continue;
    view.nodes.push_back(makeNode(line, translated(addressMap, endpoint)));
    if (line.myself) adoptMyself(line, view);
  }
  const std::string wrong = contradiction(view);
  if (!wrong.empty()) return Error{"CLUSTER NODES: " + wrong};
  return view;
}

}  // namespace slotway
