#include "client/slow_log.h"

#include <algorithm>

#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kMostEntries = 10000;
constexpr size_t kMostArgs = 32;
constexpr size_t kLongestArg = 128;
constexpr size_t kMostNodes = 8;
constexpr size_t kMostSamples = 640;

std::string trimmed(Slice arg) {
  if (arg.size() <= kLongestArg) return std::string(arg);
  return std::string(arg.substr(0, kLongestArg)) + "... (" + std::to_string(arg.size() - kLongestArg) + " more bytes)";
}

// What an entry shows of a request's words.
class Words {
 public:
  void add(Slice word) {
    if (++count_ <= kMostArgs) words_.push_back(trimmed(word));
  }
  /// Of a leg's request, from the one numbered `from`; of a transaction: of all its commands, from MULTI to EXEC.
  void add(const RoutedLeg& leg, int64_t from, bool whole) {
    resp::ReplyReader reader(leg.wire.slice());
    for (uint32_t before = leg.preludes; before > 0 && !whole; --before) reader.skip();
    while (!reader.atEnd() && reader.ok()) {
      const auto array = reader.next();
      for (int64_t at = 0; at < array.number; ++at) {
        const Slice word = reader.next().text;
        if (at >= from) add(word);
      }
    }
  }
  std::vector<std::string> take() {
    if (count_ > kMostArgs) words_.back() = "... (" + std::to_string(count_ - kMostArgs + 1) + " more arguments)";
    return std::move(words_);
  }

 private:
  std::vector<std::string> words_;
  size_t count_ = 0;
};

}  // namespace

std::vector<std::string> SlowEntry::argsOf(std::span<const Slice> args) {
  Words words;
  for (const Slice arg : args) words.add(arg);
  return words.take();
}

// Parts of a split command follow each other without its name; what went to several nodes as it was stands once.
std::vector<std::string> SlowEntry::argsOf(Exchange& exchange) {
  Words words;
  const bool transaction = exchange.command()->name == "exec";
  for (size_t index = 0; index < exchange.legCount(); ++index) {
    const RoutedLeg& leg = exchange.leg(index);
    const bool again = index > 0 && leg.wire.slice() == exchange.leg(0).wire.slice();
    if (!again) words.add(leg, index == 0 ? 0 : 1, transaction);
  }
  return words.take();
}

void SlowLog::add(SlowEntry&& entry) {
  if (mostEntries_ == 0) return;
  addSample("command", entry.atUs, entry.tookUs);
  for (const std::string& node : entry.nodes) addSample("node:" + node, entry.atUs, entry.upstreamUs);
  if (entry.nodes.size() > kMostNodes) entry.nodes.resize(kMostNodes);
  entries_.push_front({std::move(entry), added_++ * workers_ + worker_});
  keepAtMost(mostEntries_);
}

void SlowLog::keepAtMost(uint64_t entries) {
  mostEntries_ = std::min(entries, kMostEntries);
  while (entries_.size() > mostEntries_) entries_.pop_back();
}

void SlowLog::addSample(std::string event, uint64_t atUs, uint64_t tookUs) {
  if (samples_.size() >= kMostSamples) samples_.pop_front();
  samples_.push_back({std::move(event), atUs / 1000000, tookUs / 1000});
}

std::string SlowLog::rowOf(const Numbered& entry) {
  Bytes row;
  resp::arrayHeader(row, 8);
  resp::integer(row, static_cast<int64_t>(entry.id));
  resp::integer(row, static_cast<int64_t>(entry.atUs / 1000000));
  resp::integer(row, static_cast<int64_t>(entry.tookUs));
  resp::arrayHeader(row, entry.args.size());
  for (const std::string& arg : entry.args) resp::bulk(row, arg);
  resp::bulk(row, entry.client);
  resp::bulk(row, entry.clientName);
  std::string nodes;
  for (const std::string& node : entry.nodes) nodes += (nodes.empty() ? "" : ",") + node;
  resp::bulk(row, nodes);
  resp::integer(row, static_cast<int64_t>(entry.upstreamUs));
  return std::string(row.slice());
}

void SlowLog::answer(const ClientQuestion& question, WorkerAnswer& answer) {
  using Kind = ClientQuestion::Kind;
  switch (question.kind) {
    case Kind::SlowGet:
      for (const Numbered& entry : entries_) answer.rows.push_back({entry.atUs, rowOf(entry)});
      break;
    case Kind::SlowLength: answer.count = entries_.size(); break;
    case Kind::SlowReset: entries_.clear(); break;
    case Kind::LatencyLatest:
    case Kind::LatencyHistory:
      for (const Sample& sample : samples_) {
        const bool asked = question.words.empty() || question.words.front() == sample.event;
        if (asked) answer.rows.push_back({sample.atSeconds, std::to_string(sample.ms) + " " + sample.event});
      }
      break;
    case Kind::LatencyReset: forgetSamples(question.words, answer); break;
    default: break;
  }
}

void SlowLog::forgetSamples(const std::vector<std::string>& events, WorkerAnswer& answer) {
  std::erase_if(samples_, [&](const Sample& sample) {
    const bool asked = events.empty() || std::ranges::find(events, sample.event) != events.end();
    if (asked) answer.rows.push_back({0, sample.event});
    return asked;
  });
}

}  // namespace slotway
