#include "command/across_sets.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "cluster/number.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Members = std::vector<Slice>;

// Of a set, or of an array in RESP2.
std::optional<Members> membersIn(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto header = reader.next();
  if ((header.type != '~' && header.type != '*') || header.null) return std::nullopt;
  Members members;
  for (int64_t left = header.number; left > 0 && reader.ok(); --left) members.push_back(reader.next().text);
  return reader.ok() && reader.atEnd() ? std::optional(std::move(members)) : std::nullopt;
}

// Sorted, since nobody can choose members that make this slow.
Members unionOf(std::span<Members> parts) {
  Members all;
  for (const Members& part : parts) all.insert(all.end(), part.begin(), part.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

Members intersectionOf(std::span<Members> parts) {
  for (Members& part : parts) std::ranges::sort(part);
  Members left = std::move(parts.front());
  for (const Members& part : parts.subspan(1)) {
    Members both;
    std::ranges::set_intersection(left, part, std::back_inserter(both));
    left = std::move(both);
  }
  return left;
}

Members differenceOf(std::span<Members> parts) {
  std::ranges::sort(parts.front());
  Members left;
  std::ranges::set_difference(parts.front(), unionOf(parts.subspan(1)), std::back_inserter(left));
  return left;
}

Slice partOf(Across across, bool first) {
  if (across == Across::SetUnion || (across == Across::SetDiff && !first)) return "SUNION";
  return across == Across::SetDiff ? "SDIFF" : "SINTER";
}

// Of the last LIMIT; 0: there is none. They have been judged.
uint64_t limitIn(std::span<const Slice> options) {
  uint64_t limit = 0;
  for (size_t i = 1; i < options.size(); i += 2) limit = readNumber<uint64_t>(options[i]).value_or(0);
  return limit;
}

}  // namespace

void AcrossSets::ask(Questions& questions) const {
  if (counts()) words_.askWithNothing(questions);
  bool first = true;
  for (const auto& [slot, keys] : words_.bySlot()) {
    Members words{partOf(across_, first)};
    words.insert(words.end(), keys.begin(), keys.end());
    resp::request(questions.toSlot(slot), words);
    first = false;
  }
}

bool AcrossSets::answer(std::span<const Slice> replies, Bytes& out) const {
  if (failed(replies, out)) return true;
  std::vector<Members> parts;
  for (const Slice reply : replies.subspan(counts() ? 1 : 0)) {
    auto members = membersIn(reply);
    if (!members) return false;
    parts.push_back(std::move(*members));
  }
  const Members members = across_ == Across::SetUnion  ? unionOf(parts)
                          : across_ == Across::SetDiff ? differenceOf(parts)
                                                       : intersectionOf(parts);
  if (counts()) {
    const uint64_t limit = limitIn(words_.options());
    resp::integer(out, static_cast<int64_t>(limit == 0 ? members.size() : std::min<uint64_t>(limit, members.size())));
    return true;
  }
  const bool resp3 = replies.front().starts_with('~');
  resp::setHeader(out, members.size(), resp3 ? resp::Version::Resp3 : resp::Version::Resp2);
  for (const Slice member : members) resp::bulk(out, member);
  return true;
}

}  // namespace slotway
