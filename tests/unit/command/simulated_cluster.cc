#include "command/simulated_cluster.h"

#include <algorithm>
#include <functional>

#include "base/check.h"
#include "command/glob.h"
#include "command/words.h"
#include "living/wire.h"
#include "resp/request_parser.h"

namespace slotway::test {
namespace {

constexpr unsigned kTableBits = 13;

uint64_t reversed(uint64_t number) {
  uint64_t out = 0;
  for (int bit = 0; bit < 64; ++bit) out |= (number >> bit & 1) << (63 - bit);
  return out;
}

// As dictScan() goes on: the bucket's number counted with the highest bit first.
uint64_t nextBucket(uint64_t cursor) {
  const uint64_t mask = (uint64_t{1} << kTableBits) - 1;
  return reversed(reversed(cursor | ~mask) + 1);
}

std::string integer(size_t number) { return ":" + std::to_string(number) + "\r\n"; }

std::string array(const std::vector<std::string>& texts) {
  std::string reply = "*" + std::to_string(texts.size()) + "\r\n";
  for (const std::string& text : texts) reply += bulk(text);
  return reply;
}

std::vector<std::string> wordsOf(const Bytes& wire) {
  RequestParser parser;
  std::vector<Slice> args;
  Bytes copy(wire.slice());
  CHECK_THAT(parser.parse(copy.data(), copy.size(), args, {}) == RequestParser::Status::Complete);
  return {args.begin(), args.end()};
}

}  // namespace

SimulatedCluster::SimulatedCluster(size_t nodes, uint32_t seed) : random_(seed), nodes_(nodes) {
  for (Node& node : nodes_) renew(node);
  for (HashSlot slot = 0; slot < kHashSlots; ++slot) {
    map_[slot] = owners_[slot] = slot * nodes / kHashSlots;
    nodes_[owners_[slot]].served.insert(slot);
  }
}

size_t SimulatedCluster::Node::size() const {
  size_t all = 0;
  for (const auto& [slot, keys] : slots) all += keys.size();
  return all;
}

// A new process: another id, another order of its keys.
void SimulatedCluster::renew(Node& node) {
  constexpr char kDigits[] = "0123456789abcdef";
  node.id.clear();
  node.runId.clear();
  for (int i = 0; i < 40; ++i) node.id += kDigits[dice(16)], node.runId += kDigits[dice(16)];
  node.seed = random_();
}

void SimulatedCluster::add(const std::string& key, const std::string& type) {
  const HashSlot slot = hashSlot(key);
  const Node& owner = nodes_[owners_[slot]];
  const auto handover = owner.handovers.find(slot);
  const size_t there = handover == owner.handovers.end() ? owners_[slot] : handover->second;
  nodes_[there].slots[slot].emplace(key, Key{type});
}

void SimulatedCluster::addExpired(const std::string& key) {
  nodes_[owners_[hashSlot(key)]].slots[hashSlot(key)].emplace(key, Key{"string", true});
}

void SimulatedCluster::remove(const std::string& key) {
  for (Node& node : nodes_) node.slots[hashSlot(key)].erase(key);
}

std::set<HashSlot> SimulatedCluster::handedOver() const {
  std::set<HashSlot> slots;
  for (const Node& node : nodes_) {
    for (const auto& [slot, target] : node.handovers) slots.insert(slot);
  }
  return slots;
}

bool SimulatedCluster::knows(const std::string& nodeId) const {
  return std::ranges::any_of(nodes_, [&](const Node& node) { return node.id == nodeId; });
}

// --- what happens ---

void SimulatedCluster::beginHandover(HashSlot slot) {
  Node& owner = nodes_[owners_[slot]];
  if (!owner.handovers.contains(slot)) owner.handovers[slot] = (owners_[slot] + 1 + dice(nodes_.size() - 1)) % nodes_.size();
}

void SimulatedCluster::moveKey(HashSlot slot) {
  Node& owner = nodes_[owners_[slot]];
  auto& keys = owner.slots[slot];
  if (!owner.handovers.contains(slot) || keys.empty()) return;
  const auto key = std::next(keys.begin(), static_cast<std::ptrdiff_t>(dice(std::min<size_t>(keys.size(), 50))));
  nodes_[owner.handovers[slot]].slots[slot].insert(keys.extract(key));
}

void SimulatedCluster::endHandover(HashSlot slot) {
  Node& owner = nodes_[owners_[slot]];
  if (!owner.handovers.contains(slot)) return;
  while (!owner.slots[slot].empty()) moveKey(slot);
  const size_t target = owner.handovers[slot];
  owner.handovers.erase(slot);
  owner.served.erase(slot);
  owners_[slot] = target;
  nodes_[target].served.insert(slot);
}

void SimulatedCluster::failOver(size_t node) { renew(nodes_[node]); }

void SimulatedCluster::happen() {
  const HashSlot slot = troubled[dice(troubled.size())];
  switch (dice(8)) {
    case 0: return beginHandover(slot);
    case 1: return endHandover(slot);
    case 2:
      if (dice(4) == 0) failOver(dice(nodes_.size()));
      return;
    case 3: map_ = owners_; return;
    default:
      for (size_t times = dice(20); times > 0; --times) moveKey(slot);
  }
}

// --- what is answered ---

Came SimulatedCluster::answer(const Questions& asked, std::vector<std::string>& replies) {
  std::set<std::string> answered;
  replies.clear();
  for (const Question& question : asked.all) {
    ++questions;
    const std::vector<std::string> words = wordsOf(question.wire);
    size_t node = question.nodeId.empty() ? map_[question.slot] : 0;
    while (!question.nodeId.empty() && node < nodes_.size() && nodes_[node].id != question.nodeId) ++node;
    const bool byKey = words[0] == "EXISTS" || words[0] == "TYPE";
    if (node == nodes_.size()) {
      replies.push_back("-CLUSTERDOWN Hash slot not served\r\n");
    } else {
      answered.insert(nodes_[node].runId);
      replies.push_back(byKey ? keyed(question.slot, words) : reply(node, words));
    }
    if (unrest > 0 && dice(1000) < unrest) happen();
  }
  return answered.size() == 1 ? Came::InOrder : Came::Scattered;
}

std::string SimulatedCluster::reply(size_t index, const std::vector<std::string>& words) {
  const Node& node = nodes_[index];
  if (words[0] == "DBSIZE") return integer(node.size());
  if (words[0] == "INFO") return bulk("# Server\r\nrun_id:" + node.runId + "\r\ntcp_port:1\r\n");
  if (words[0] == "SCAN") return scan(node, words);
  CHECK_THAT(words[0] == "CLUSTER");
  if (words[1] == "NODES") return bulk(nodesText(node));
  const auto slot = static_cast<HashSlot>(std::stoi(words[2]));
  const auto keys = node.slots.find(slot);
  if (words[1] == "COUNTKEYSINSLOT") return integer(keys == node.slots.end() ? 0 : keys->second.size());
  return listed(node, slot, std::stoul(words[3]));
}

std::string SimulatedCluster::nodesText(const Node& node) const {
  std::string text;
  for (const Node& each : nodes_) {
    text += each.id + " 127.0.0.1:1@2 " + (&each == &node ? "myself," : "") + "master - 0 0 1 connected";
    if (&each != &node) {
      text += "\n";
      continue;
    }
    for (auto first = each.served.begin(); first != each.served.end();) {
      auto last = first;
      HashSlot end = *first;
      while (++last != each.served.end() && *last == end + 1) end = *last;
      text += " " + std::to_string(*first) + "-" + std::to_string(end);
      first = last;
    }
    for (const auto& [slot, target] : node.handovers) {
      text += " [" + std::to_string(slot) + "->-" + nodes_[target].id + "]";
    }
    text += "\n";
  }
  return text;
}

std::string SimulatedCluster::listed(const Node& node, HashSlot slot, size_t most) const {
  std::vector<std::string> names;
  const auto keys = node.slots.find(slot);
  if (keys == node.slots.end()) return array(names);
  for (const auto& [name, key] : keys->second) {
    if (names.size() < most) names.push_back(name);
  }
  return array(names);
}

std::string SimulatedCluster::scan(const Node& node, const std::vector<std::string>& words) const {
  const uint64_t mask = (uint64_t{1} << kTableBits) - 1;
  std::vector<std::vector<std::pair<Slice, const Key*>>> table(mask + 1);
  for (const auto& [slot, keys] : node.slots) {
    for (const auto& [name, key] : keys) {
      table[(std::hash<std::string>()(name) * (node.seed * 2 + 1) >> 20) & mask].emplace_back(name, &key);
    }
  }
  const size_t count = std::stoul(words[3]);
  uint64_t cursor = std::stoull(words[1]);
  size_t met = 0;
  size_t buckets = 0;
  std::vector<std::string> names;
  do {
    for (const auto& [name, key] : table[cursor & mask]) {
      ++met;
      bool wanted = !key->expired;
      for (size_t at = 4; at + 1 < words.size(); at += 2) {
        wanted = wanted && (words[at] == "MATCH" ? globMatchesExactly(words[at + 1], name) : sameWord(words[at + 1], key->type));
      }
      if (wanted) names.emplace_back(name);
    }
    cursor = nextBucket(cursor);
  } while (cursor != 0 && met < count && ++buckets < 10 * count);
  return "*2\r\n" + bulk(std::to_string(cursor)) + array(names);
}

const SimulatedCluster::Key* SimulatedCluster::find(size_t node, const std::string& name) const {
  const auto slot = nodes_[node].slots.find(hashSlot(name));
  if (slot == nodes_[node].slots.end()) return nullptr;
  const auto key = slot->second.find(name);
  return key == slot->second.end() || key->second.expired ? nullptr : &key->second;
}

// Redirects are followed, and a MOVED is remembered. Keys on two sides: the handover ends first, as TRYAGAIN waits for it.
std::string SimulatedCluster::keyed(HashSlot slot, const std::vector<std::string>& words) {
  map_[slot] = owners_[slot];
  const Node& owner = nodes_[owners_[slot]];
  if (words.size() > 2) endHandover(slot);
  const auto handover = owner.handovers.find(slot);
  size_t there = 0;
  std::string type = "none";
  for (size_t at = 1; at < words.size(); ++at) {
    const Key* key = find(owners_[slot], words[at]);
    if (key == nullptr && handover != owner.handovers.end()) key = find(handover->second, words[at]);
    there += key != nullptr;
    if (key != nullptr) type = key->type;
  }
  return words[0] == "EXISTS" ? integer(there) : "+" + type + "\r\n";
}

}  // namespace slotway::test
