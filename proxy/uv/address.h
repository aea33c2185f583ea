// A socket address that listeners bind to and clients come from, and its text.
// Thread: any (a value).
#pragma once
#include <sys/socket.h>

#include <string>

#include "base/result.h"
#include "base/slice.h"

namespace slotway {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool isUnix() const { return storage.ss_family == AF_UNIX; }
  /// Of this machine alone: 127.0.0.0/8, ::1, and the first written as IPv6.
  bool isLoopback() const;
  /// "127.0.0.1:6390", "[::1]:6390" or "unix:/path".
  std::string text() const;

  /// Of `fd`'s own or other end; empty when it has none.
  static Address ofSelf(int fd);
  static Address ofPeer(int fd);
};

/// "host:port", "[v6]:port", "unix:/path"; a host name is resolved here and now (listeners, at start only).
Result<Address> parseBind(Slice text);

}  // namespace slotway
