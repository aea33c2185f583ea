// The keys that a worker watches since some of its clients wait for them, and the links over which the nodes tell of changes:
// one a node, for however many clients and keys.
//
// What no node tells is found by looking again: each key every second, where a slot is half moved ten times as often. That is
// how keys are watched, too, where nodes do not speak RESP3 (before Redis 6) or refuse CLIENT TRACKING.
// Owner: the Router. Thread: the worker's.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "exchange/key_watch.h"
#include "exchange/router.h"
#include "exchange/written.h"

namespace slotway {

class KeyWatches final : private PoolListener {
 public:
  explicit KeyWatches(Router& router);
  ~KeyWatches();
  KeyWatches(const KeyWatches&) = delete;
  KeyWatches& operator=(const KeyWatches&) = delete;

  /// `wait` waits at this key from here on; its waiter may be told inside this call.
  void join(KeyWait& wait, Slice key, const Watching& how);
  /// Every 100 ms or so.
  void checkTime();
  /// The memory that the watches take, in bytes.
  size_t bytes() const { return bytes_; }

  // For its watches.
  Router& router() const { return router_; }
  LinkPool& links() const { return links_ != nullptr ? *links_ : router_.links(resp::Version::Resp2); }
  Written& written() { return written_; }
  /// Its node will not tell of changes for long.
  uint64_t looksAgainAfterUs(HashSlot slot) const;

 private:
  void poolPushed(Slice frame) override;
  void poolForgot() override;
  void poolMissed(uint64_t) override {}
  void changed(Slice key);
  void count(int64_t watches);

  Router& router_;
  Written written_;                   ///< of nothing
  std::unique_ptr<LinkPool> links_;   ///< null: the nodes do not tell
  std::map<std::pair<std::string, std::string>, std::unique_ptr<KeyWatch>> watches_;  ///< by key; then how, and for whom
  size_t bytes_ = 0;                  ///< that these take
  Timer forgot_;
};

}  // namespace slotway
