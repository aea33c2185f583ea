// What a client's connection remembers between requests.
// Owner: its Client. Thread: the worker's.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "client/transaction.h"
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
};

struct Session {
  uint64_t id = 0;           ///< unique in this process
  uint64_t sinceMs = 0;      ///< loop time of the connection's beginning
  uint64_t activeMs = 0;     ///< ... and when bytes last came from the client, or a write that had to wait was done
  const char* lastCommand = "NULL";
  bool authenticated = false;
  resp::Version version = resp::Version::Resp2;  ///< HELLO; the links that serve it speak the same
  bool monitor = false;      ///< it is shown all requests
  ReplyMode replyMode = ReplyMode::On;
  std::unique_ptr<TransactionState> transaction;  ///< null outside MULTI and WATCH

  /// To be changed: made when first needed.
  ClientNames& names() {
    if (names_ == nullptr) names_ = std::make_unique<ClientNames>();
    return *names_;
  }
  const ClientNames& knownNames() const {
    static const ClientNames kNone;
    return names_ == nullptr ? kNone : *names_;
  }

 private:
  std::unique_ptr<ClientNames> names_;
};

}  // namespace slotway
