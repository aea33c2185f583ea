#include "command/info_fold.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace slotway {
namespace {

enum class Fold : uint8_t {
  First,  ///< the same everywhere, or of no use as a sum
  Sum,
  Min,
  Max,
  Worst,  ///< "ok" unless one says something else
  Pairs,  ///< "calls=1,usec=2": each by a fold of its own
};

struct Rule {
  Slice name;  ///< of a section or a line
  Fold fold;
};

// What holds for a section's numbers unless a line has a rule of its own.
constexpr Rule kSections[] = {
    {"Clients", Fold::Sum},       {"Memory", Fold::Sum},      {"Persistence", Fold::Max},  {"Stats", Fold::Sum},
    {"CPU", Fold::Sum},           {"Commandstats", Fold::Pairs}, {"Errorstats", Fold::Pairs},
    {"Latencystats", Fold::Pairs}, {"Keyspace", Fold::Pairs},
};

constexpr Rule kLines[] = {
    // Server: the youngest tells of a restart.
    {"uptime_in_seconds", Fold::Min}, {"uptime_in_days", Fold::Min}, {"server_time_usec", Fold::Max},
    {"client_recent_max_input_buffer", Fold::Max}, {"client_recent_max_output_buffer", Fold::Max},
    {"active_defrag_running", Fold::Max},
    // Persistence: all is saved since the oldest time.
    {"rdb_last_save_time", Fold::Min}, {"rdb_changes_since_last_save", Fold::Sum}, {"rdb_saves", Fold::Sum},
    {"rdb_last_bgsave_status", Fold::Worst}, {"aof_last_bgrewrite_status", Fold::Worst},
    {"aof_last_write_status", Fold::Worst}, {"aof_rewrites", Fold::Sum}, {"aof_current_size", Fold::Sum},
    {"aof_base_size", Fold::Sum}, {"rdb_last_load_keys_expired", Fold::Sum}, {"rdb_last_load_keys_loaded", Fold::Sum},
    {"current_save_keys_processed", Fold::Sum}, {"current_save_keys_total", Fold::Sum}, {"current_cow_size", Fold::Sum},
    {"current_cow_peak", Fold::Sum},
    {"expired_stale_perc", Fold::Max}, {"latest_fork_usec", Fold::Max},
    {"connected_slaves", Fold::Sum}, {"master_repl_offset", Fold::Sum}, {"repl_backlog_active", Fold::Max},
    {"repl_backlog_size", Fold::Sum}, {"repl_backlog_histlen", Fold::Sum},
};

struct Ratio {
  Slice name;
  Slice upper;
  Slice lower;
  Slice lowerMinus;  ///< taken off `lower`
  bool percent;
};

constexpr Ratio kRatios[] = {
    {"mem_fragmentation_ratio", "used_memory_rss", "used_memory", "", false},
    {"allocator_frag_ratio", "allocator_active", "allocator_allocated", "", false},
    {"allocator_rss_ratio", "allocator_resident", "allocator_active", "", false},
    {"rss_overhead_ratio", "used_memory_rss", "allocator_resident", "", false},
    {"used_memory_peak_perc", "used_memory", "used_memory_peak", "", true},
    {"used_memory_dataset_perc", "used_memory_dataset", "used_memory", "used_memory_startup", true},
};

Fold ruleOf(Slice section, Slice name) {
  const auto* line = std::ranges::find(kLines, name, &Rule::name);
  if (line != std::end(kLines)) return line->fold;
  const auto* whole = std::ranges::find(kSections, section, &Rule::name);
  return whole == std::end(kSections) ? Fold::First : whole->fold;
}

bool readNumber(Slice text, double& number) {
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  return status == std::errc{} && end == text.data() + text.size();
}

double numberOf(Slice text) {
  double number = 0;
  return readNumber(text, number) ? number : 0;
}

std::string printed(double number, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, number);
  return text;
}

int decimalsOf(Slice text) {
  const size_t point = text.find('.');
  return point == Slice::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

double combine(Fold fold, double total, double value) {
  if (fold == Fold::Sum) return total + value;
  return fold == Fold::Min ? std::min(total, value) : std::max(total, value);
}

// Numbers of which 2^53 is the least that is not exact are far off: bytes of a whole cluster are below.
std::string foldNumbers(Fold fold, std::span<const Slice> values) {
  double total = 0;
  if (!readNumber(values.front(), total)) return std::string(values.front());
  int decimals = decimalsOf(values.front());
  for (const Slice value : values.subspan(1)) {
    total = combine(fold, total, numberOf(value));
    decimals = std::max(decimals, decimalsOf(value));
  }
  return printed(total, decimals);
}

// The value of `name` in "calls=1,usec=33".
Slice inPairs(Slice pairs, Slice name) {
  while (!pairs.empty()) {
    const Slice pair = pairs.substr(0, pairs.find(','));
    pairs.remove_prefix(std::min(pair.size() + 1, pairs.size()));
    if (pair.substr(0, pair.find('=')) == name) return pair.substr(std::min(name.size() + 1, pair.size()));
  }
  return {};
}

double sumOf(std::span<const Slice> values, Slice name) {
  double sum = 0;
  for (const Slice value : values) sum += numberOf(inPairs(value, name));
  return sum;
}

// An average over several masters, each with the weight of what it is an average of.
double weighted(std::span<const Slice> values, Slice name, Slice weight) {
  double sum = 0;
  for (const Slice value : values) sum += numberOf(inPairs(value, name)) * numberOf(inPairs(value, weight));
  const double weights = sumOf(values, weight);
  return weights == 0 ? 0 : sum / weights;
}

double largest(std::span<const Slice> values, Slice name) {
  double most = 0;
  for (const Slice value : values) most = std::max(most, numberOf(inPairs(value, name)));
  return most;
}

double foldPair(Slice section, Slice name, std::span<const Slice> values) {
  if (name == "usec_per_call") return weighted(values, name, "calls");
  if (name == "avg_ttl") return weighted(values, name, "expires");
  return section == "Latencystats" ? largest(values, name) : sumOf(values, name);
}

std::string foldPairs(Slice section, std::span<const Slice> values) {
  std::string text;
  for (Slice rest = values.front(); !rest.empty();) {
    const Slice pair = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const Slice name = pair.substr(0, pair.find('='));
    if (!text.empty()) text += ',';
    text += std::string(name) + "=" + printed(foldPair(section, name, values), decimalsOf(inPairs(pair, name)));
  }
  return text;
}

std::string foldWorst(std::span<const Slice> values) {
  const auto bad = std::ranges::find_if(values, [](Slice value) { return value != "ok"; });
  return std::string(bad == values.end() ? values.front() : *bad);
}

// As Redis writes it: bytesToHuman of server.c.
std::string human(double bytes) {
  constexpr Slice kUnits = "BKMGTP";
  size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return printed(bytes, unit == 0 ? 0 : 2) + kUnits[unit];
}

}  // namespace

std::string foldInfo(Slice section, Slice name, std::span<const Slice> values) {
  switch (const Fold fold = ruleOf(section, name)) {
    case Fold::First: break;
    case Fold::Sum:
    case Fold::Min:
    case Fold::Max: return foldNumbers(fold, values);
    case Fold::Worst: return foldWorst(values);
    case Fold::Pairs: return foldPairs(section, values);
  }
  return std::string(values.front());
}

void deriveInfo(Slice name, const std::function<Slice(Slice)>& valueOf, std::string& value) {
  constexpr Slice kHuman = "_human";
  if (name.ends_with(kHuman)) {
    const Slice bytes = valueOf(name.substr(0, name.size() - kHuman.size()));
    if (!bytes.empty()) value = human(numberOf(bytes));
    return;
  }
  const auto* ratio = std::ranges::find(kRatios, name, &Ratio::name);
  if (ratio == std::end(kRatios)) return;
  const double lower = numberOf(valueOf(ratio->lower)) - numberOf(valueOf(ratio->lowerMinus));
  const double quotient = lower == 0 ? 0 : numberOf(valueOf(ratio->upper)) / lower;
  value = ratio->percent ? printed(quotient * 100, 2) + "%" : printed(quotient, 2);
}

}  // namespace slotway
