#include "keyspace/renamed_request.h"

#include <algorithm>

#include "command/keyspace_notes.h"
#include "command/words.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// From here on a request is worth handing over as it lies.
constexpr size_t kLargeBytes = 16 * 1024;

}  // namespace

std::optional<std::string> RenamedRequest::take(const Keyspace& keyspace, const Command& command, const Request& request) {
  prefix_ = keyspace.prefix();
  parts_.clear();
  for (const Slice arg : request.args) parts_.push_back({{}, arg});
  if (command.inKeyspace == InKeyspace::Refused) return refusalInKeyspace(command);
  keys_.clear();
  // Where they make no sense the command does not run: the nodes say what is wrong.
  findKeys(command, request.args, keys_);
  for (const FoundKey& key : keys_) {
    const bool channel = key.spec < command.keySpecs.size() && command.keySpecs[key.spec].notKey;
    if (!channel) rename(key.position);
  }
  if (command.inKeyspace == InKeyspace::Sorted) renamePatterns();
  return std::nullopt;
}

// BY and GET of SORT name keys, but for "#", which is the element itself, and a pattern to sort by that has no star.
void RenamedRequest::renamePatterns() {
  for (size_t at = 2; at + 1 < parts_.size(); ++at) {
    const Slice word = parts_[at].text;
    const Slice pattern = parts_[at + 1].text;
    if (sameWord(word, "limit")) {
      at += 2;
    } else if (sameWord(word, "store")) {
      ++at;
    } else if (sameWord(word, "get")) {
      if (pattern != "#") rename(at + 1);
      ++at;
    } else if (sameWord(word, "by")) {
      if (pattern.find('*') != Slice::npos) rename(at + 1);
      ++at;
    }
  }
}

Request RenamedRequest::request() {
  wire_.truncate(0);
  if (wire_.capacity() > 2 * kLargeBytes) wire_.clear();
  size_t bytes = 32;
  for (const Part& part : parts_) bytes += part.front.size() + part.text.size() + 32;
  wire_.reserve(bytes);
  args_.clear();
  resp::arrayHeader(wire_, parts_.size());
  for (const Part& part : parts_) {
    resp::bulkHeader(wire_, part.front.size() + part.text.size());
    args_.emplace_back(wire_.tail(), part.front.size() + part.text.size());
    wire_.append(part.front);
    wire_.append(part.text);
    wire_.append("\r\n");
  }
  return {wire_.slice(), args_, wire_.size() >= kLargeBytes ? &wire_ : nullptr};
}

}  // namespace slotway
