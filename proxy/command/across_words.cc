#include "command/across_words.h"

#include <algorithm>

#include "command/keys.h"
#include "command/node_questions.h"
#include "resp/writer.h"

namespace slotway {

AcrossWords::AcrossWords(const Request& request, const Command& command) : request_(request) {
  const auto args = request_.request().args;
  findKeys(command, args, positions_);
  for (const uint32_t position : positions_) keys_.push_back(args[position]);
}

std::span<const Slice> AcrossWords::options() const { return request_.request().args.subspan(positions_.back() + 1); }

std::vector<AcrossWords::Group> AcrossWords::bySlot() const {
  std::vector<Group> groups;
  std::vector<uint32_t> groupOfSlot(kHashSlots, UINT32_MAX);
  for (const Slice key : keys_) {
    uint32_t& group = groupOfSlot[hashSlot(key)];
    if (group == UINT32_MAX) {
      group = static_cast<uint32_t>(groups.size());
      groups.push_back({hashSlot(key), {}});
    }
    groups[group].keys.push_back(key);
  }
  return groups;
}

void AcrossWords::askWithNothing(Questions& questions) const {
  const auto args = request_.request().args;
  std::vector<Slice> words(args.begin(), args.end());
  const HashSlot slot = hashSlot(keys_.front());
  const std::string nothing = ask::keyIn(slot);
  for (const uint32_t position : positions_) words[position] = nothing;
  resp::request(questions.toSlot(slot), words);
}

}  // namespace slotway
