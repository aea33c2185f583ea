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

}  // namespace

Result<Workload> Workload::make(const Options& options) {
  Workload workload(options);
  if (!workload.readMix()) return Error{"--mix: get=1,set=1 and so on, of get, set, mget, mset"};
  for (const Kind kind : workload.kinds_) {
    if (options.cluster && kind >= Kind::Mget) return Error{"--mix: keys of several nodes, which a cluster refuses"};
  }
  return workload;
}

bool Workload::readMix() {
  static constexpr std::array<Slice, 4> kNames = {"get", "set", "mget", "mset"};
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

void Workload::someKey(const Destination& destination, Bytes& out) {
  const size_t count = destination.keys.empty() ? options_.keySpace : destination.keys.size();
  const size_t index = random() % count;
  appendKey(destination.keys.empty() ? static_cast<uint32_t>(index) : destination.keys[index], out);
}

void Workload::next(const Destination& destination, Bytes& out) {
  const Kind kind = kinds_[kinds_.size() == 1 ? 0 : random() % kinds_.size()];
  const bool many = kind >= Kind::Mget;
  const bool values = kind == Kind::Set || kind == Kind::Mset;
  static constexpr std::array<Slice, 4> kWords = {"GET", "SET", "MGET", "MSET"};
  const size_t keys = many ? options_.keys : 1;
  resp::arrayHeader(out, 1 + keys * (values ? 2 : 1));
  resp::bulk(out, kWords[static_cast<size_t>(kind)]);
  for (size_t i = 0; i < keys; ++i) {
    someKey(destination, out);
    if (values) resp::bulk(out, value_);
  }
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
