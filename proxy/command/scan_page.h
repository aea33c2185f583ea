// One answer to SCAN while it is made: the keys so far, and whether they are enough.
// Owner: a KeyspaceWalk. Thread: the worker's (pure).
#pragma once
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/slice.h"
#include "resp/writer.h"

namespace slotway {

class ScanPage {
 public:
  /// COUNT is a hint; who asks for everything at once gets it in pieces that do not weigh too much.
  static constexpr uint64_t kMostKeys = 100'000;
  static constexpr uint64_t kMostBytes = 8 << 20;

  /// Of each name that is added `hiddenBytes` are left out.
  ScanPage(uint64_t count, size_t hiddenBytes) : wanted_(std::min(count, kMostKeys)), hiddenBytes_(hiddenBytes) {}

  /// A key has been looked at, whether it will be in the answer or not.
  void visit(Slice key) {
    ++visited_;
    visitedBytes_ += key.size();
  }
  void add(Slice key) {
    resp::bulk(keys_, key.substr(hiddenBytes_));
    ++count_;
  }
  bool full() const { return visited_ >= wanted_ || visitedBytes_ >= kMostBytes; }
  /// How many keys more are wanted; at least 1.
  uint64_t room() const { return wanted_ > visited_ ? wanted_ - visited_ : 1; }

  /// What has been added, as bulks.
  Slice keys() const { return keys_.slice(); }
  uint64_t count() const { return count_; }
  void write(Bytes& out, uint64_t cursor) const {
    resp::arrayHeader(out, 2);
    resp::bulk(out, std::to_string(cursor));
    resp::arrayHeader(out, count_);
    out.append(keys_.slice());
  }

 private:
  const uint64_t wanted_;
  const size_t hiddenBytes_;
  uint64_t visited_ = 0;
  uint64_t visitedBytes_ = 0;
  uint64_t count_ = 0;
  Bytes keys_;  ///< as bulks
};

}  // namespace slotway
