// CLIENT LIST and CLIENT KILL: what a client looks like from outside, and which ones a request means. A value, since the
// question travels to every worker by letter.
// Source: Redis 7.0 networking.c (clientCommand, catClientInfoString).
// Thread: any (pure).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/slice.h"
#include "resp/version.h"

namespace slotway {

/// How one client is seen.
struct ClientFacts {
  uint64_t id = 0;
  std::string address;
  std::string localAddress;
  std::string name;
  std::string libraryName;
  std::string libraryVersion;
  std::string lastCommand;
  std::string flags;        ///< as Redis has them: O: a monitor, P: subscribed ... N: nothing of it
  int64_t queued = -1;      ///< commands since MULTI; -1: none is open
  int fd = -1;
  resp::Version version = resp::Version::Resp2;
  int64_t redirect = -1;    ///< of CLIENT TRACKING: the client's number, 0: none, -1: off
  uint64_t ageSeconds = 0;
  uint64_t idleSeconds = 0;
  size_t inputBytes = 0;
  size_t outputBytes = 0;
  size_t channels = 0;      ///< that it is subscribed to
  size_t patterns = 0;
  size_t shardChannels = 0;

  bool subscribed() const { return channels + patterns + shardChannels > 0; }
  /// One line of CLIENT LIST, without the line end.
  std::string line() const;
};

enum class ClientType : uint8_t {
  Any,
  Normal,
  PubSub,   ///< subscribed to something
  Nobody,   ///< a type that no client here has (master, replica)
};

struct ClientFilter {
  std::vector<uint64_t> ids;   ///< empty: any
  std::string address;         ///< empty: any
  std::string localAddress;    ///< empty: any
  ClientType type = ClientType::Any;
  bool skipAsker = false;
  bool killsByAddress = false; ///< CLIENT KILL addr:port: answers OK or an error instead of a number

  bool matches(const ClientFacts& facts, uint64_t askerId) const;
};

/// `args` of CLIENT LIST. The error is Redis's own text.
Result<ClientFilter> parseClientList(std::span<const Slice> args);
/// `args` of CLIENT KILL, old form and new.
Result<ClientFilter> parseClientKill(std::span<const Slice> args);

}  // namespace slotway
