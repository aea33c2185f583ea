#include "command/merge.h"

#include <algorithm>
#include <array>
#include <vector>

#include "command/words.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Replies = std::span<const Slice>;
using resp::ReplyReader;

// What a rule has found out: nothing amiss, or a reply that it cannot have.
enum class Shape : uint8_t { Expected, Unexpected };

// RESP3 has a second form, a string, which no Redis uses for a reply so far.
bool isError(Slice reply) { return reply.starts_with('-') || reply.starts_with('!'); }

Slice errorText(Slice reply) { return ReplyReader(reply).next().text; }

Slice codeOf(Slice text) { return text.substr(0, text.find(' ')); }

void appendName(std::string& text, Slice commandName) {
  for (const char letter : commandName) text += letter == '|' ? ' ' : upper(letter);
}

void answerUnexpected(Slice commandName, Bytes& out) {
  std::string text = "ERR ";
  appendName(text, commandName);
  resp::error(out, text + ": the nodes' replies do not fit together");
}

bool readInteger(Slice reply, int64_t& value) {
  ReplyReader reader(reply);
  const auto frame = reader.next();
  value = frame.number;
  return frame.type == ':' && reader.atEnd();
}

bool fold(Merge rule, int64_t& total, int64_t value) {
  if (rule == Merge::Sum) return !__builtin_add_overflow(total, value, &total);
  total = rule == Merge::Min ? std::min(total, value) : std::max(total, value);
  return true;
}

Shape mergeIntegers(Merge rule, Replies replies, Bytes& out) {
  int64_t total = 0;
  if (!readInteger(replies.front(), total)) return Shape::Unexpected;
  for (const Slice reply : replies.subspan(1)) {
    int64_t value = 0;
    if (!readInteger(reply, value) || !fold(rule, total, value)) return Shape::Unexpected;
  }
  resp::integer(out, total);
  return Shape::Expected;
}

bool foldTruth(Merge rule, bool total, bool value) { return rule == Merge::AllTrue ? total && value : total || value; }

// Folds the 0s and 1s of one array into `truths`; the first array says how many there are.
bool foldTruths(Merge rule, Slice reply, std::vector<bool>& truths, bool first) {
  ReplyReader reader(reply);
  const auto array = reader.next();
  if (!array.isArray() || static_cast<uint64_t>(array.number) > reply.size()) return false;
  const auto count = static_cast<size_t>(array.number);
  if (first) truths.assign(count, rule == Merge::AllTrue);
  if (count != truths.size()) return false;
  for (size_t at = 0; at < count; ++at) {
    const auto frame = reader.next();
    if (frame.type != ':') return false;
    truths[at] = foldTruth(rule, truths[at], frame.number != 0);
  }
  return reader.atEnd();
}

Shape mergeTruthArrays(Merge rule, Replies replies, Bytes& out) {
  std::vector<bool> truths;
  for (size_t at = 0; at < replies.size(); ++at) {
    if (!foldTruths(rule, replies[at], truths, at == 0)) return Shape::Unexpected;
  }
  resp::arrayHeader(out, truths.size());
  for (const bool truth : truths) resp::integer(out, truth);
  return Shape::Expected;
}

Shape mergeTruths(Merge rule, Replies replies, Bytes& out) {
  if (!replies.front().starts_with(':')) return mergeTruthArrays(rule, replies, out);
  bool total = rule == Merge::AllTrue;
  for (const Slice reply : replies) {
    int64_t value = 0;
    if (!readInteger(reply, value)) return Shape::Unexpected;
    total = foldTruth(rule, total, value != 0);
  }
  resp::integer(out, total);
  return Shape::Expected;
}

constexpr size_t kHeaderBytes = 32;

// Room for an array of all that the replies hold.
void reserve(Replies replies, Bytes& out) {
  size_t bytes = kHeaderBytes;
  for (const Slice reply : replies) bytes += reply.size();
  out.reserve(out.size() + bytes);
}

// What can be strung together: arrays, and RESP3's sets and maps.
bool isCollection(const ReplyReader::Frame& frame) {
  return frame.isArray() || frame.type == '~' || frame.type == '%';
}

void writeHeader(char type, uint64_t elements, Bytes& out) {
  if (type == '%') return resp::mapHeader(out, elements, resp::Version::Resp3);
  type == '~' ? resp::setHeader(out, elements, resp::Version::Resp3) : resp::arrayHeader(out, elements);
}

Shape mergeConcat(Replies replies, Bytes& out) {
  uint64_t elements = 0;
  const char type = replies.front().front();
  for (const Slice reply : replies) {
    ReplyReader reader(reply);
    const auto collection = reader.next();
    // An element takes more than a byte; a count beyond that is a lie.
    const bool fits = collection.type == type && static_cast<uint64_t>(collection.number) <= reply.size();
    if (!isCollection(collection) || !fits) return Shape::Unexpected;
    elements += static_cast<uint64_t>(collection.number);
  }
  reserve(replies, out);
  writeHeader(type, elements, out);
  for (const Slice reply : replies) {
    ReplyReader reader(reply);
    reader.next();
    out.append(reader.rest());
  }
  return Shape::Expected;
}

// One cursor a piece. Few pieces, as is usual, need no allocation.
class Cursors {
 public:
  static constexpr size_t kFew = 32;
  explicit Cursors(size_t pieces) : pieces_(pieces) {
    if (pieces > few_.size()) many_.resize(pieces);
  }
  std::span<ReplyReader> all() { return many_.empty() ? std::span(few_).first(pieces_) : std::span(many_); }

 private:
  size_t pieces_;
  std::array<ReplyReader, kFew> few_;
  std::vector<ReplyReader> many_;
};

// Opens each piece's array and checks that together they have `keys` elements.
bool openArrays(Replies replies, size_t keys, std::span<ReplyReader> cursors) {
  uint64_t elements = 0;
  for (size_t piece = 0; piece < replies.size(); ++piece) {
    cursors[piece] = ReplyReader(replies[piece]);
    const auto array = cursors[piece].next();
    if (!array.isArray() || static_cast<uint64_t>(array.number) > keys) return false;
    elements += static_cast<uint64_t>(array.number);
  }
  return elements == keys;
}

Shape mergeKeyOrder(Replies replies, std::span<const uint32_t> pieceOfKey, Bytes& out) {
  Cursors pieces(replies.size());
  const auto cursors = pieces.all();
  if (!openArrays(replies, pieceOfKey.size(), cursors)) return Shape::Unexpected;
  reserve(replies, out);
  resp::arrayHeader(out, pieceOfKey.size());
  for (const uint32_t piece : pieceOfKey) {
    if (piece >= cursors.size()) return Shape::Unexpected;
    const Slice element = cursors[piece].skip();
    if (element.empty()) return Shape::Unexpected;
    out.append(element);
  }
  const bool allTaken = std::ranges::all_of(cursors, [](const ReplyReader& cursor) { return cursor.atEnd(); });
  return allTaken ? Shape::Expected : Shape::Unexpected;
}

bool notBusy(Slice reply) { return reply.starts_with("-NOTBUSY "); }

// The third frame, behind the array's header and the name of the first field, is null of who runs nothing.
bool runsSomething(Slice reply) {
  ReplyReader reader(reply);
  reader.next();
  reader.next();
  const auto frame = reader.next();
  return frame.number > 0;
}

// Where one node's word is enough, only errors that tell something count against it.
bool counts(Merge rule, Slice reply) {
  if (rule == Merge::AnyOk) return !notBusy(reply);
  return rule != Merge::Running || isError(reply);
}

Shape mergeSuccesses(Merge rule, Replies replies, std::span<const uint32_t> pieceOfKey, Bytes& out) {
  switch (rule) {
    case Merge::First:
    case Merge::AllOk:
    case Merge::Running:
    case Merge::AnyOk: out.append(replies.front()); return Shape::Expected;
    case Merge::Sum:
    case Merge::Min:
    case Merge::Max: return mergeIntegers(rule, replies, out);
    case Merge::AllTrue:
    case Merge::AnyTrue: return mergeTruths(rule, replies, out);
    case Merge::Concat: return mergeConcat(replies, out);
    case Merge::KeyOrder: return mergeKeyOrder(replies, pieceOfKey, out);
  }
  return Shape::Unexpected;
}

}  // namespace

void ErrorTally::add(Slice reply) {
  ++replies_;
  if (!isError(reply)) return;
  if (errors_++ == 0) first_ = reply;
  alike_ = alike_ && reply == first_;
  oneCode_ = oneCode_ && codeOf(errorText(reply)) == codeOf(errorText(first_));
}

void ErrorTally::answer(const Command& command, Bytes& out) const {
  if (alike_ && errors_ == replies_) return resp::error(out, errorText(first_));
  const bool saysAll = oneCode_ && (errors_ == replies_ || command.has(CommandFlag::Repeatable));
  std::string text(saysAll ? codeOf(errorText(first_)) : "ERR");
  text += ' ';
  appendName(text, command.name);
  text += ": " + std::to_string(errors_) + " of " + std::to_string(replies_) + " parts failed, " +
          std::to_string(replies_ - errors_) + " succeeded: ";
  text += errorText(first_);
  resp::error(out, text);
}

void merge(Merge rule, const Command& command, Replies replies, std::span<const uint32_t> pieceOfKey, Bytes& out) {
  if (replies.empty() || std::ranges::any_of(replies, &Slice::empty)) return answerUnexpected(command.name, out);
  if (rule == Merge::First) return out.append(replies.front());
  const auto success = std::ranges::find_if_not(replies, isError);
  if (rule == Merge::AnyOk && success != replies.end()) return out.append(*success);
  if (rule == Merge::Running) {
    const auto running = std::ranges::find_if(replies, runsSomething);
    if (running != replies.end()) return out.append(*running);
  }
  if (std::ranges::any_of(replies, isError)) {
    ErrorTally tally;
    for (const Slice reply : replies) {
      if (counts(rule, reply)) tally.add(reply);
    }
    if (!tally.any()) return out.append(replies.front());
    return tally.answer(command, out);
  }
  const size_t start = out.size();
  if (mergeSuccesses(rule, replies, pieceOfKey, out) == Shape::Expected) return;
  out.truncate(start);
  answerUnexpected(command.name, out);
}

}  // namespace slotway
