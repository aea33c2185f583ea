// A cluster made of nothing but its rules, to hold a KeyspaceWalk against: nodes with hash tables of their own order, slots
// that are handed over key by key, failovers, keys that come, go and expire. Between any two questions something may
// happen. Keys that the test calls lasting are never deleted.
//
// Owner: the test. Thread: the test's.
#pragma once
#include <array>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cluster/hash_slot.h"
#include "command/questions.h"

namespace slotway::test {

class SimulatedCluster {
 public:
  SimulatedCluster(size_t nodes, uint32_t seed);

  void add(const std::string& key, const std::string& type = "string");
  void addExpired(const std::string& key);
  void remove(const std::string& key);

  /// The replies to a step's questions, and how they came about. Things happen in between, `unrest` in a thousand times.
  Came answer(const Questions& questions, std::vector<std::string>& replies);

  // What may happen.
  void beginHandover(HashSlot slot);
  void moveKey(HashSlot slot);
  void endHandover(HashSlot slot);
  void failOver(size_t node);
  void happen();

  bool knows(const std::string& nodeId) const;
  size_t ownerOf(HashSlot slot) const { return owners_[slot]; }
  std::set<HashSlot> handedOver() const;

  unsigned unrest = 0;
  std::vector<HashSlot> troubled;   ///< the slots to which things happen
  size_t questions = 0;

 private:
  struct Key {
    std::string type;
    bool expired = false;
  };
  struct Node {
    std::string id;
    std::string runId;
    uint64_t seed = 0;
    std::map<HashSlot, std::map<std::string, Key>> slots;
    std::set<HashSlot> served;
    std::map<HashSlot, size_t> handovers;  ///< to which node
    size_t size() const;
  };

  std::string reply(size_t node, const std::vector<std::string>& words);
  std::string nodesText(const Node& node) const;
  std::string scan(const Node& node, const std::vector<std::string>& words) const;
  std::string listed(const Node& node, HashSlot slot, size_t most) const;
  std::string keyed(HashSlot slot, const std::vector<std::string>& words);
  const Key* find(size_t node, const std::string& name) const;
  void renew(Node& node);
  size_t dice(size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(random_); }

  std::mt19937 random_;
  std::vector<Node> nodes_;
  std::array<size_t, kHashSlots> owners_;  ///< in truth
  std::array<size_t, kHashSlots> map_;     ///< as the proxy has it
};

}  // namespace slotway::test
