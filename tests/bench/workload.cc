#include "workload.h"

#include <cstdio>
#include <sstream>

#include "resp/writer.h"

namespace slotway::bench {
namespace {

void appendKey(uint32_t number, Bytes& out) {
  char name[32];
  const int length = std::snprintf(name, sizeof name, "key:%012u", number);
  resp::bulk(out, {name, static_cast<size_t>(length)});
}

// One of the keys that have key `number` as their hash tag, and therefore its slot.
void appendTagged(uint32_t number, Slice name, Bytes& out) {
  char tag[64];
  const int length = std::snprintf(tag, sizeof tag, "{key:%012u}:%.*s", number, static_cast<int>(name.size()), name.data());
  resp::bulk(out, {tag, static_cast<size_t>(length)});
}

}  // namespace

Result<Workload> Workload::make(const Options& options) {
  Workload workload(options);
  if (!workload.readMix()) return Error{"--mix: get=1,set=1 and so on, of get, set, transaction, mget, mset"};
  for (const Kind kind : workload.kinds_) {
    if (options.cluster && kind >= Kind::Mget) return Error{"--mix: keys of several nodes, which a cluster refuses"};
  }
  return workload;
}

bool Workload::readMix() {
  static constexpr std::array<Slice, 5> kNames = {"get", "set", "transaction", "mget", "mset"};
  std::istringstream words(options_.mix);
  for (std::string word; std::getline(words, word, ',');) {
    const size_t equals = word.find('=');
    size_t kind = 0;
    while (kind < kNames.size() && kNames[kind] != Slice(word).substr(0, equals)) ++kind;
    const int weight = equals == std::string::npos ? 1 : std::atoi(word.c_str() + equals + 1);
    if (kind == kNames.size() || weight < 1 || weight > 1000) return false;
    kinds_.insert(kinds_.end(), static_cast<size_t>(weight), static_cast<Kind>(kind));
  }
  return !kinds_.empty();
}

// xorshift64*: the same keys in the same order in every run.
uint64_t Workload::random() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return (state_ * 0x2545f4914f6cdd1d) >> 16;
}

uint32_t Workload::someKey(const Destination& destination) {
  const size_t count = destination.keys.empty() ? options_.keySpace : destination.keys.size();
  const size_t index = random() % count;
  return destination.keys.empty() ? static_cast<uint32_t>(index) : destination.keys[index];
}

void Workload::next(const Destination& destination, Bytes& out, ExpectedReplies& expected) {
  const Kind kind = kinds_[kinds_.size() == 1 ? 0 : random() % kinds_.size()];
  if (kind == Kind::Transaction) return transaction(someKey(destination), out, expected);
  const bool many = kind >= Kind::Mget;
  const bool values = kind == Kind::Set || kind == Kind::Mset;
  static constexpr std::array<Slice, 5> kWords = {"GET", "SET", "", "MGET", "MSET"};
  const size_t keys = many ? options_.keys : 1;
  resp::arrayHeader(out, 1 + keys * (values ? 2 : 1));
  resp::bulk(out, kWords[static_cast<size_t>(kind)]);
  for (size_t i = 0; i < keys; ++i) {
    appendKey(someKey(destination), out);
    if (values) resp::bulk(out, value_);
  }
  expected.push_back(Expected::Any);
}

// Nothing in it grows from run to run.
void Workload::transaction(uint32_t key, Bytes& out, ExpectedReplies& expected) const {
  struct Row {
    Slice word, name, field;
    bool hasValue;
  };
  static constexpr std::array<Row, kTransactionCommands> kRows = {{{"SET", "value", "", true},
                                                                   {"GET", "value", "", false},
                                                                   {"INCR", "count", "", false},
                                                                   {"HSET", "fields", "field", true},
                                                                   {"HGET", "fields", "field", false}}};
  out.append("*1\r\n$5\r\nMULTI\r\n");
  expected.push_back(Expected::Opened);
  for (const Row& row : kRows) {
    resp::arrayHeader(out, 2U + (row.field.empty() ? 0 : 1) + (row.hasValue ? 1 : 0));
    resp::bulk(out, row.word);
    appendTagged(key, row.name, out);
    if (!row.field.empty()) resp::bulk(out, row.field);
    if (row.hasValue) resp::bulk(out, value_);
    expected.push_back(Expected::Queued);
  }
  out.append("*1\r\n$4\r\nEXEC\r\n");
  expected.push_back(Expected::Executed);
}

bool Workload::fill(const Destination& destination, size_t index, Bytes& out) const {
  if (index >= (destination.keys.empty() ? options_.keySpace : destination.keys.size())) return false;
  resp::arrayHeader(out, 3);
  resp::bulk(out, "SET");
  appendKey(destination.keys.empty() ? static_cast<uint32_t>(index) : destination.keys[index], out);
  resp::bulk(out, value_);
  return true;
}

}  // namespace slotway::bench
