// What a client's connection remembers between requests.
// Owner: its Client. Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "client/transaction.h"
#include "client/subscriptions.h"
#include "client/tracking.h"
#include "exchange/written.h"
#include "resp/version.h"

namespace slotway {

enum class ReplyMode : uint8_t {
  On,
  Off,       ///< CLIENT REPLY OFF: nothing is answered until ON
  SkipNext,  ///< CLIENT REPLY SKIP has been read: the next answer is left out
};

/// What a client calls itself; many never do.
struct ClientNames {
  std::string own;           ///< CLIENT SETNAME
  std::string library;       ///< CLIENT SETINFO
  std::string libraryVersion;
  Weight weight;

  void weigh() { weight.set(own.capacity() + library.capacity() + libraryVersion.capacity()); }
};

/// A client that is shown all requests.
struct Monitoring {
  uint64_t since = 0;  ///< the exchange that made it one: nothing is shown before its answer
  Bytes held;          ///< lines that wait for the end of an answer that they may not stand in or before
};

/// What few clients need, behind one pointer: a connection at rest is to cost next to nothing.
struct RareState {
  std::unique_ptr<Monitoring> monitoring;         ///< it said MONITOR
  std::unique_ptr<TransactionState> transaction;  ///< there inside MULTI and WATCH
  std::unique_ptr<Subscriptions> subscriptions;   ///< there once it has subscribed or left
  std::unique_ptr<Tracking> tracking;
  ClientNames names;
};

struct Session {
  uint64_t id = 0;           ///< unique in this process
  uint64_t activeMs = 0;     ///< loop time when bytes last came from the client, or a write that had to wait was done
  const char* lastCommand = "NULL";
  uint32_t sinceSeconds = 0; ///< loop time of the connection's beginning
  bool authenticated = false;
  resp::Version version = resp::Version::Resp2;  ///< HELLO; the links that serve it speak the same
  ReplyMode replyMode = ReplyMode::On;
  Written written;           ///< where its writes have gone

  // What it has of that which most have nothing of; null: not that.
  Monitoring* monitoring() const { return rare_ == nullptr ? nullptr : rare_->monitoring.get(); }
  TransactionState* transaction() const { return rare_ == nullptr ? nullptr : rare_->transaction.get(); }
  Subscriptions* subscriptions() const { return rare_ == nullptr ? nullptr : rare_->subscriptions.get(); }
  Tracking* tracking() const { return rare_ == nullptr ? nullptr : rare_->tracking.get(); }
  const ClientNames& names() const {
    static const ClientNames kNone;
    return rare_ == nullptr ? kNone : rare_->names;
  }
  /// To change it: made when first needed.
  RareState& rare() {
    if (rare_ == nullptr) rare_ = std::make_unique<RareState>();
    return *rare_;
  }

 private:
  std::unique_ptr<RareState> rare_;
};

}  // namespace slotway
