// Watches one key for those who wait until it has something: its node tells of changes (client-side caching), and is asked
// after each what there is now; then so many of those who wait are told, the first ones first.
//
//     LLEN k --our tracking link--> :0      the node remembers that we have read it
//     somebody's RPUSH k     --> >2 invalidate k     changed(): LLEN k --> :1     one waiter is told, and sends its LPOP k
//
// It takes nothing and writes nothing, and a key that is not there yet is remembered as well.
//
// Owner: KeyWatches. Thread: the worker's. Source: Redis documentation, "Client-side caching"; tracking.c.
#pragma once
#include <cstdint>
#include <string>

#include "base/intrusive_list.h"
#include "cluster/hash_slot.h"
#include "command/across_take.h"
#include "exchange/order_queue.h"

namespace slotway {

class KeyWatch;
class KeyWatches;

class KeyWaiter {
 public:
  /// One of its keys may have something: KeyWait::ready.
  virtual void keyReady() = 0;

 protected:
  ~KeyWaiter() = default;
};

/// One of the keys that somebody waits for. It leaves its watch when it dies; what it was told and has not made use of goes to
/// the next one.
struct KeyWait {
  KeyWait() = default;
  SLOTWAY_RARE ~KeyWait();
  KeyWait(const KeyWait&) = delete;
  KeyWait& operator=(const KeyWait&) = delete;

  Hook hook;
  KeyWatch* watch = nullptr;  ///< null: it waits no more
  KeyWaiter* waiter = nullptr;
  int64_t number = 0;         ///< with `ready`: what there was
  uint64_t askedAt = 0;       ///< when its waiter has last asked for what is there, as a Router's sequence
  bool ready = false;         ///< told, and the waiter has not come to an end with it
};

class KeyWatch final : private ExchangeOwner {
 public:
  KeyWatch(KeyWatches& house, std::string key, const Watching& how);

  void join(KeyWait& wait);
  void leave(KeyWait& wait);
  /// What it was told has led to this.
  void served(KeyWait& wait);
  void foundNothing(KeyWait& wait);

  /// The node says so.
  void changed();
  /// What its node remembered is lost. It looks at the next look().
  void forget();
  /// Looks unless it knows all there is to know.
  void look();
  /// The memory that it takes, in bytes.
  size_t footprint() const { return sizeof(KeyWatch) + 3 * key_.size(); }
  /// Every 100 ms or so: deadlines, and what no node would tell.
  void checkTime(uint64_t nowUs);
  /// Nobody has waited for a while.
  bool idle(uint64_t nowUs) const;

 private:
  void exchangeSettled(Exchange& exchange, Slice reply) override;
  void exchangeBytes(Exchange&, Slice) override {}
  void exchangeTorn(Exchange& exchange, Failure why) override;
  void lookNow();
  void wakeFirst(uint64_t most);
  void wakeLongestWaiting();
  bool news(const KeyWait& wait) const { return news_ > wait.askedAt; }

  KeyWatches& house_;
  const std::string key_;
  const HashSlot slot_;
  const std::string command_;
  const Watching::Wakes wakes_;
  const bool tellsGone_;
  OrderQueue queue_;          ///< of its looks: one at most
  IntrusiveList<KeyWait, &KeyWait::hook> waits_;
  bool knows_ = false;        ///< its node will tell of changes from here on
  bool stale_ = false;        ///< what is being looked at may have come too soon
  bool timed_ = false;        ///< nothing but time has led to the last look
  int64_t number_ = 0;        ///< what the last look has said
  uint64_t news_ = 0;         ///< when that was worth telling, as a Router's sequence
  uint64_t lookedUs_ = 0;     ///< loop time
  uint64_t leftUs_ = 0;       ///< when the last one who waited went
};

}  // namespace slotway
