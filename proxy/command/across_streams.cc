#include "command/across_streams.h"

#include <algorithm>

#include "cluster/number.h"
#include "command/block_timeout.h"
#include "command/keys.h"
#include "command/stream_end.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// Of all ids but the last one, by which Redis itself means `>`.
constexpr Slice kHighestId = "18446744073709551615-18446744073709551614";

bool isEntryId(Slice id) {
  const size_t dash = id.find('-');
  const bool rest = dash == Slice::npos || readNumber<uint64_t>(id.substr(dash + 1));
  return readNumber<uint64_t>(id.substr(0, dash)) && rest;
}

// What is wrong with an id the node says.
Slice judgedAs(Slice id) { return id == ">" || isEntryId(id) ? kHighestId : id; }

// Where GROUP's word stands.
std::string groupIn(std::span<const Slice> options) {
  const auto word = std::ranges::find_if(options, [](Slice option) { return isOption(option, "group"); });
  return options.end() - word > 1 ? "group " + std::string(word[1]) : "group";
}

}  // namespace

AcrossStreams::AcrossStreams(const Request& request, const Command& command) : request_(request) {
  const auto args = request_.request().args;
  std::vector<uint32_t> positions;
  findKeys(command, args, positions);
  const uint32_t first = positions.front();
  const std::vector<uint32_t> blocks = blockPositions(args);
  for (uint32_t at = 0; at < first; ++at) {
    const bool blocking = std::ranges::any_of(blocks, [at](uint32_t block) { return at == block || at + 1 == block; });
    if (!blocking) options_.push_back(args[at]);
  }
  balanced_ = (args.size() - first) % 2 == 0;
  for (const uint32_t position : positions) {
    keys_.push_back(args[position]);
    ids_.emplace_back(args[position + positions.size()]);
  }
  if (!command.has(CommandFlag::ReadOnly)) group_ = groupIn(options_);
}

// Streams without entries, and those that are gone, matter to who reads for a group only.
Watching AcrossStreams::watching() const {
  if (forGroup()) return {.look = "EXISTS", .wakes = Watching::Wakes::OneByOne, .tellsGone = true, .party = group_};
  return {.look = "EXISTS", .wakes = Watching::Wakes::All};
}

void AcrossStreams::read(uint32_t key, Slice id, Questions& questions) const {
  Question& question = questions.all.emplace_back(hashSlot(keys_[key]));
  question.reads = !forGroup();
  if (id == "$" && !forGroup()) return askForStreamEnd(keys_[key], question.wire);
  std::vector<Slice> words(options_);
  words.push_back(keys_[key]);
  if (!balanced_) words.push_back(keys_[key]);
  words.push_back(id);
  resp::request(question.wire, words);
}

// A list that is not balanced is refused in the words of the first one's node.
void AcrossStreams::ask(Questions& questions) {
  if (!balanced_) return read(0, "0", questions);
  if (!forGroup()) return readAll(questions);
  for (uint32_t key = 0; key < keys_.size(); ++key) read(key, judgedAs(ids_[key]), questions);
}

void AcrossStreams::readAll(Questions& questions) {
  judged_ = true;
  if (asksForEnd(0)) {
    // Whose question has no place for options.
    asked_.push_back({0, 1});
    read(0, kHighestId, questions);
  }
  for (uint32_t key = 0; key < keys_.size(); ++key) {
    asked_.push_back({key, 1});
    read(key, ids_[key], questions);
  }
}

void AcrossStreams::askAgain(ReadyKey ready, Questions& questions) {
  waited_ = true;
  asked_ = {ready};
  read(ready.key, ids_[ready.key], questions);
}

// What has come for a group has been delivered: it is the answer, whatever became of the others.
AcrossTake::Came AcrossStreams::take(std::span<const Slice> replies, Questions& questions, Bytes& out) {
  if (!judged_) return judge(replies, questions, out);
  Gathered all;
  for (size_t i = 0; i < replies.size(); ++i) {
    if (!gather(asked_[i], replies[i], all)) return Came::Senseless;
  }
  if (all.amiss != nullptr && (all.streams == 0 || !forGroup())) return goneOr(*all.amiss, all.error, out);
  if (all.streams == 0) return Came::Nothing;
  all.resp3 ? resp::mapHeader(out, all.streams, resp::Version::Resp3) : resp::arrayHeader(out, all.streams);
  out.append(all.bodies.slice());
  return Came::Answer;
}

AcrossTake::Came AcrossStreams::judge(std::span<const Slice> replies, Questions& questions, Bytes& out) {
  const auto error = std::ranges::find_if(replies, [](Slice reply) { return reply.starts_with('-'); });
  if (error != replies.end()) {
    out.append(*error);
    return Came::Answer;
  }
  readAll(questions);
  return Came::Further;
}

bool AcrossStreams::gather(const ReadyKey& from, Slice reply, Gathered& all) {
  if (reply.starts_with('-')) {
    const bool passedOver = waited_ && !forGroup() && reply.starts_with("-WRONGTYPE");
    if (all.amiss != nullptr || passedOver) return true;
    all.amiss = &from;
    all.error = reply;
    return true;
  }
  resp::ReplyReader reader(reply);
  const auto frame = reader.next();
  if (frame.null) return true;
  if (asksForEnd(from.key)) {
    ids_[from.key] = streamEndOf(reply);
    return true;
  }
  if (frame.type != '*' && frame.type != '%') return false;
  all.streams += static_cast<size_t>(frame.number);
  all.resp3 |= frame.type == '%';
  all.bodies.append(reader.rest());
  return true;
}

// A read for no group takes nothing.
bool AcrossStreams::took(Slice reply) const {
  return forGroup() && !reply.starts_with('-') && !resp::ReplyReader(reply).next().null;
}

// Who waits for a group is told what has become of it.
AcrossTake::Came AcrossStreams::goneOr(const ReadyKey& from, Slice error, Bytes& out) const {
  const bool noGroup = error.starts_with("-NOGROUP");
  const bool gone = waited_ && forGroup() && (noGroup || error.starts_with("-WRONGTYPE"));
  if (gone && noGroup && from.number > 0) {
    resp::error(out, "NOGROUP the consumer group this client was blocked on no longer exists");
  } else if (gone) {
    resp::error(out, kStreamGone);
  } else {
    out.append(error);
  }
  return Came::Answer;
}

}  // namespace slotway
