#include "command/across_sets.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <vector>

#include "cluster/number.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Members = std::vector<Slice>;
using MemberSet = std::unordered_set<Slice>;

// Of a set, or of an array in RESP2.
std::optional<Members> membersIn(Slice reply) {
  resp::ReplyReader reader(reply);
  const auto header = reader.next();
  if ((header.type != '~' && header.type != '*') || header.null) return std::nullopt;
  Members members;
  for (int64_t left = header.number; left > 0 && reader.ok(); --left) members.push_back(reader.next().text);
  return reader.ok() && reader.atEnd() ? std::optional(std::move(members)) : std::nullopt;
}

Members unionOf(const std::vector<Members>& parts) {
  Members all;
  MemberSet seen;
  for (const Members& part : parts) {
    for (const Slice member : part) {
      if (seen.insert(member).second) all.push_back(member);
    }
  }
  return all;
}

// From the smallest on: what is looked for shrinks.
Members intersectionOf(std::vector<Members> parts) {
  std::ranges::sort(parts, {}, &Members::size);
  Members left = std::move(parts.front());
  for (size_t i = 1; i < parts.size() && !left.empty(); ++i) {
    MemberSet wanted(left.begin(), left.end());
    left.clear();
    for (const Slice member : parts[i]) {
      if (wanted.erase(member) > 0) left.push_back(member);
    }
  }
  return left;
}

Members differenceOf(const std::vector<Members>& parts) {
  MemberSet others;
  for (size_t i = 1; i < parts.size(); ++i) others.insert(parts[i].begin(), parts[i].end());
  Members left = parts.front();
  std::erase_if(left, [&](Slice member) { return others.contains(member); });
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
                                                       : intersectionOf(std::move(parts));
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
