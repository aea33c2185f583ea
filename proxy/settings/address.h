// Addresses as settings write them: "host:port", "[IPv6]:port", "unix:/path". An error is what is wrong with the text, to be
// put behind it: `"::1:6390"` + ` has an IPv6 address without brackets`.
// Thread: any (pure; nothing is resolved).
#pragma once
#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/slice.h"

namespace slotway::settings {

struct Address {
  std::string host;   ///< IPv6 without brackets; empty for a Unix socket
  uint16_t port = 0;  ///< 1 to 65535; 0 for a Unix socket
  std::string path;   ///< of a Unix socket
  bool isUnix() const { return !path.empty(); }
};

/// host:port or [IPv6]:port. A host is an IPv4 address or a name.
Result<Address> parseHostPort(Slice text);
/// That, or unix:/path with an absolute path that fits a sockaddr_un.
Result<Address> parseBind(Slice text);
/// A host alone, IPv6 with or without brackets, or with a port: one side of an address_map. Port 0: none given.
Result<Address> parseMapped(Slice text);

}  // namespace slotway::settings
