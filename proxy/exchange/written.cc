#include "exchange/written.h"

#include <algorithm>
#include <bit>

namespace slotway {

uint64_t MasterMarks::adopt(const SlotMap& map, std::span<const NodeIndex> masters) {
  std::unordered_map<std::string, uint64_t> before;
  before.swap(byId_);
  marks_.assign(map.nodes().size(), 0);
  for (const NodeIndex master : masters) {
    const auto known = before.find(map.node(master).id);
    if (known == before.end()) continue;
    marks_[master] = byId_[known->first] = known->second;
    before.erase(known);
  }
  for (const NodeIndex master : masters) {
    if (marks_[master] == 0) marks_[master] = byId_[map.node(master).id] = leastUsed();
  }
  uint64_t gone = 0;
  for (const auto& [id, mark] : before) gone |= mark;
  return gone;
}

uint64_t MasterMarks::leastUsed() const {
  int users[kMarks] = {};
  for (const auto& [id, mark] : byId_) ++users[std::countr_zero(mark)];
  return uint64_t{1} << (std::min_element(std::begin(users), std::end(users)) - std::begin(users));
}

}  // namespace slotway
