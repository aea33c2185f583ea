// The part of a Router that knows what becomes of nodes: which are masters, who speaks, who is lost and who takes over.
#include <algorithm>

#include "exchange/router.h"

namespace slotway {

void Router::listMasters() {
  masters_.clear();
  const std::vector<Node>& nodes = news_->map->nodes();
  std::vector<bool> owns(nodes.size(), false);
  for (const NodeIndex owner : owners_) {
    if (owner != kNoNode) owns[owner] = true;
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const bool serves = !nodes[i].failed && !replaced_.contains(nodes[i].id);
    if (nodes[i].role == Role::Master && (owns[i] || serves)) masters_.push_back(static_cast<NodeIndex>(i));
  }
  const auto covered = std::find_if(owners_.begin(), owners_.end(),
                                    [&](NodeIndex owner) { return owner != kNoNode && !nodes[owner].failed; });
  fixedMaster_ = covered != owners_.end() ? *covered : masters_.empty() ? kNoNode : masters_.front();
  chooseSpeaker();
}

bool Router::isOnItsWayOut(NodeIndex node) const {
  const Node& at = map().node(node);
  if (outages_.isLost(at.endpoint)) return true;
  if (at.role != Role::Master || replaced_.contains(at.id)) return false;
  return 4 * masters_.size() * static_cast<size_t>(std::ranges::count(owners_, node)) < kHashSlots;
}

void Router::chooseSpeaker() {
  const NodeIndex spoke = map().findId(speakerId_);
  if (spoke != kNoNode && !map().node(spoke).failed) {
    const bool leaves = isOnItsWayOut(spoke);
    speaker_ = spoke;
    if (leaves && speaksUntilUs_ == 0) {
      speaksUntilUs_ = nowUs() + kSpeaksOnUs;
      ++version_;
    }
    if (!leaves) speaksUntilUs_ = 0;
    if (!leaves || nowUs() < speaksUntilUs_) return;
  }
  speaksUntilUs_ = 0;
  const auto stays = [this](NodeIndex master) { return !isOnItsWayOut(master); };
  const auto other = std::ranges::find_if(masters_, stays);
  speaker_ = fixedMaster_ == kNoNode || stays(fixedMaster_) || other == masters_.end() ? fixedMaster_ : *other;
  speakerId_ = speaker_ == kNoNode ? "" : map().node(speaker_).id;
  if (speaker_ != spoke || spoke == kNoNode) ++version_;
}

// For a replica nobody waits: the cluster may take its time to give it up, and any master will do.
void Router::poolFailed(const Endpoint& node) {
  requestRefresh(RefreshCause::LinkFailure);
  if (speaker_ == kNoNode || map().node(speaker_).role == Role::Master || map().node(speaker_).endpoint != node) return;
  speakerId_.clear();
  chooseSpeaker();
}

// While its shared link stands a master is there, whatever becomes of others. When it is back has to be known although
// nobody waits: its outage ends then.
void Router::poolLost(const Endpoint& node, uint64_t sinceUs) {
  const NodeIndex index = map().findEndpoint(node);
  if (std::ranges::find(masters_, index) == masters_.end() || links_.reaches(index)) return;
  outages_.lost(node, sinceUs);
  links_.keepTrying(index);
}

// It may have been restarted, and have lost its functions: a transaction cannot be given them when it finds that out.
void Router::poolReached(const Endpoint& node) {
  if (outages_.reached(node)) scripts_.wish({ScriptWish::Kind::BringFunction, 0, idOf(node), ""});
  if (const NodeIndex index = map().findEndpoint(node); index != kNoNode) links_.tryNoMore(index);
}

void Router::noteOutages() {
  std::vector<Endpoint> masters;
  for (const NodeIndex master : masters_) masters.push_back(map().node(master).endpoint);
  outages_.adopt(masters, owners_, nowUs());
  for (NodeIndex node = 0; node < map().nodes().size(); ++node) {
    if (!outages_.isLost(map().node(node).endpoint)) links_.tryNoMore(node);
  }
}

// Always the same for one number, unless that one has failed.
NodeIndex Router::someMaster(uint64_t number) const {
  for (size_t i = 0; i < masters_.size(); ++i) {
    const NodeIndex master = masters_[(number + i) % masters_.size()];
    if (!map().node(master).failed) return master;
  }
  return masters_.empty() ? kNoNode : masters_[number % masters_.size()];
}

// What all masters are asked is under way to the one that was lost, too. Whoever takes over was its replica: a master that
// is given its slots is asked already. One that was not lost is its successor's replica in a moment, with the same keys.
void Router::noteSuccessors(const SlotMap& before) {
  const auto lost = [this](const std::string& id) {
    const NodeIndex node = map().findId(id);
    return node == kNoNode || map().node(node).failed;
  };
  std::erase_if(successors_, [&](const auto& each) { return !lost(each.first) || map().findId(each.second) == kNoNode; });
  std::erase_if(replaced_, [this](const std::string& id) {
    const NodeIndex node = map().findId(id);
    return node == kNoNode || map().node(node).role != Role::Master || ownsSlots(node);
  });
  for (size_t slot = 0; slot < kHashSlots; ++slot) {
    const NodeIndex was = before.owners()[slot];
    if (was == kNoNode || owners_[slot] == kNoNode) continue;
    const std::string& id = before.node(was).id;
    const std::string& now = map().node(owners_[slot]).id;
    if (now == id || successors_.contains(id) || replaced_.contains(id)) continue;
    const NodeIndex heir = before.findId(now);
    if (heir == kNoNode || before.node(heir).role != Role::Replica) continue;
    lost(id) ? void(successors_.emplace(id, now)) : void(replaced_.insert(id));
  }
}

NodeIndex Router::nodeOrSuccessor(const std::string& id) const {
  const NodeIndex node = map().findId(id);
  const bool lost = node == kNoNode || map().node(node).failed;
  const auto next = lost ? successors_.find(id) : successors_.end();
  return next == successors_.end() ? node : map().findId(next->second);
}

void Router::poolLostWrites(uint64_t mark) {
  if (onLost_ != nullptr) onLost_(mark);
}

}  // namespace slotway
