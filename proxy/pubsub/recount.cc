#include "pubsub/recount.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "command/glob.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using resp::ReplyReader;

// While links come and go a node may have counted one that is not there any more, or the other way round.
int64_t corrected(int64_t number, const Census::Sum& ours) {
  return std::max<int64_t>(0, number - static_cast<int64_t>(ours.links)) + static_cast<int64_t>(ours.subscribers);
}

std::vector<Slice> textsOf(Slice request) {
  std::vector<Slice> texts;
  ReplyReader reader(request);
  for (int64_t left = reader.next().number; left > 0 && reader.ok(); --left) texts.push_back(reader.next().text);
  return texts;
}

bool number(Slice reply, const Census::Sum& ours, Bytes& out) {
  const auto frame = ReplyReader(reply).next();
  if (frame.type != ':') return false;
  resp::integer(out, corrected(frame.number, ours));
  return true;
}

// Of all masters one after another, each with all the names.
bool eachNumber(TopicKind kind, std::span<const Slice> names, Slice reply, const Census& census, Bytes& out) {
  ReplyReader reader(reply);
  const auto array = reader.next();
  if (!array.isArray()) return false;
  std::vector<int64_t> totals(names.size(), 0);
  for (int64_t i = 0; i < array.number / 2 && !totals.empty(); ++i) {
    reader.next();
    totals[static_cast<size_t>(i) % totals.size()] += reader.next().number;
  }
  if (!reader.ok()) return false;
  resp::arrayHeader(out, 2 * names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    resp::bulk(out, names[i]);
    resp::integer(out, corrected(totals[i], census.of(kind, names[i], "")));
  }
  return true;
}

// What nodes know through our links alone, without a client here, is on its way out.
bool names(TopicKind kind, Slice pattern, Slice reply, const Census& census, Bytes& out) {
  ReplyReader reader(reply);
  const auto array = reader.next();
  if (!array.isArray()) return false;
  std::set<Slice> all;
  for (int64_t i = 0; i < array.number; ++i) all.insert(reader.next().text);
  if (!reader.ok()) return false;
  census.each(kind, [&](Slice name, const Census::Sum& ours) {
    if (ours.subscribers == 0) all.erase(name);
    if (ours.subscribers > 0 && globMatchesExactly(pattern, name)) all.insert(name);
  });
  resp::arrayHeader(out, all.size());
  for (const Slice name : all) resp::bulk(out, name);
  return true;
}

}  // namespace

bool recount(Recount what, Slice request, Slice reply, Slice place, const Census& census, Bytes& out) {
  const std::vector<Slice> args = textsOf(request);
  if (args.size() < 2) return false;
  const Slice pattern = args.size() > 2 ? args[2] : Slice("*");
  const auto rest = std::span(args).subspan(2);
  switch (what) {
    case Recount::None: return false;
    case Recount::Receivers: return number(reply, census.receivers(args[1], place), out);
    case Recount::ShardReceivers: return number(reply, census.of(TopicKind::Shard, args[1], place), out);
    case Recount::Subscribers: return eachNumber(TopicKind::Channel, rest, reply, census, out);
    case Recount::ShardSubscribers: return eachNumber(TopicKind::Shard, rest, reply, census, out);
    case Recount::Patterns: return number(reply, census.patterns(), out);
    case Recount::Channels: return names(TopicKind::Channel, pattern, reply, census, out);
    case Recount::ShardChannels: return names(TopicKind::Shard, pattern, reply, census, out);
  }
  return false;
}

}  // namespace slotway
