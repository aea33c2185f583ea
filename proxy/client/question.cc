#include "client/question.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "resp/writer.h"

namespace slotway {
namespace {

using Kind = ClientQuestion::Kind;
using Rows = std::vector<WorkerAnswer::Row>;

/// Of one event.
struct Latency {
  uint64_t latestAt = 0;
  uint64_t latestMs = 0;
  uint64_t mostMs = 0;
};

// "12 command": its milliseconds and its event.
std::pair<uint64_t, Slice> sampleOf(const WorkerAnswer::Row& row) {
  uint64_t ms = 0;
  const char* const end = row.text.data() + row.text.size();
  const char* const behind = std::from_chars(row.text.data(), end, ms).ptr;
  return {ms, Slice(behind, static_cast<size_t>(end - behind)).substr(1)};
}

void writeList(const Rows& rows, resp::Version version, Bytes& out) {
  std::string lines;
  for (const auto& row : rows) lines += row.text + "\n";
  resp::verbatim(out, lines, version);
}

void writeKilled(const ClientQuestion& question, uint64_t count, Bytes& out) {
  if (!question.filter.killsByAddress) return resp::integer(out, static_cast<int64_t>(count));
  count > 0 ? resp::simple(out, "OK") : resp::error(out, "ERR No such client");
}

// The latest first, at most as many as were asked for.
void writeSlow(const ClientQuestion& question, const Rows& rows, Bytes& out) {
  const size_t most = std::min(rows.size(), static_cast<size_t>(question.number));
  resp::arrayHeader(out, most);
  for (size_t at = 0; at < most; ++at) out.append(rows[rows.size() - 1 - at].text);
}

void writeLatest(const Rows& rows, Bytes& out) {
  std::map<std::string, Latency, std::less<>> events;
  for (const auto& row : rows) {
    const auto [ms, event] = sampleOf(row);
    Latency& latency = events[std::string(event)];
    latency = {row.order, ms, std::max(latency.mostMs, ms)};
  }
  resp::arrayHeader(out, events.size());
  for (const auto& [event, latency] : events) {
    resp::arrayHeader(out, 4);
    resp::bulk(out, event);
    for (const uint64_t number : {latency.latestAt, latency.latestMs, latency.mostMs}) {
      resp::integer(out, static_cast<int64_t>(number));
    }
  }
}

void writeHistory(const Rows& rows, Bytes& out) {
  constexpr size_t kMost = 160;  // of Redis
  const size_t first = rows.size() - std::min(rows.size(), kMost);
  resp::arrayHeader(out, rows.size() - first);
  for (size_t at = first; at < rows.size(); ++at) {
    resp::arrayHeader(out, 2);
    resp::integer(out, static_cast<int64_t>(rows[at].order));
    resp::integer(out, static_cast<int64_t>(sampleOf(rows[at]).first));
  }
}

int64_t distinct(Rows& rows) {
  std::ranges::sort(rows, {}, &WorkerAnswer::Row::text);
  const auto rest = std::ranges::unique(rows, {}, &WorkerAnswer::Row::text);
  return rest.begin() - rows.begin();
}

}  // namespace

void WorkerAnswer::add(WorkerAnswer&& other) {
  rows.insert(rows.end(), std::make_move_iterator(other.rows.begin()), std::make_move_iterator(other.rows.end()));
  count += other.count;
}

void writeAnswer(const ClientQuestion& question, WorkerAnswer&& answer, resp::Version version, Bytes& out) {
  std::ranges::stable_sort(answer.rows, {}, &WorkerAnswer::Row::order);
  switch (question.kind) {
    case Kind::List: return writeList(answer.rows, version, out);
    case Kind::Kill: return writeKilled(question, answer.count, out);
    case Kind::Unblock: return resp::integer(out, static_cast<int64_t>(answer.count));
    case Kind::SlowGet: return writeSlow(question, answer.rows, out);
    case Kind::SlowLength: return resp::integer(out, std::min(question.number, static_cast<int64_t>(answer.count)));
    case Kind::LatencyLatest: return writeLatest(answer.rows, out);
    case Kind::LatencyHistory: return writeHistory(answer.rows, out);
    case Kind::LatencyReset: return resp::integer(out, distinct(answer.rows));
    default: return resp::simple(out, "OK");
  }
}

}  // namespace slotway
