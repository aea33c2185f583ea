#include "settings/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>

#include "settings/quantities.h"

namespace slotway::settings {
namespace {

constexpr size_t kLongestName = 253;  // RFC 1035, section 2.3.4, as text

bool isNameByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_'; }

bool isIpv4(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}

/// A zone ("%eth0") may follow.
bool isIpv6(const std::string& host) {
  in6_addr address;
  if (host.find('\0') != std::string::npos) return false;  // C would see the part before it
  return inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &address) == 1;
}

bool isName(const std::string& host) {
  if (host.empty() || host.size() > kLongestName || !std::ranges::all_of(host, isNameByte)) return false;
  // Digits and dots alone can only be meant as an IPv4 address.
  return host.find_first_not_of("0123456789.") != std::string::npos || isIpv4(host);
}

Result<Address> withPort(std::string host, Slice portText) {
  const auto port = parseInteger(portText);
  if (!port.ok() || port.value() < 1 || port.value() > 65535) return Error{" has no port from 1 to 65535"};
  return Address{std::move(host), static_cast<uint16_t>(port.value()), {}};
}

Result<Address> parseBracketed(Slice text) {
  const size_t close = text.find(']');
  const std::string host(text.substr(1, close == Slice::npos ? Slice::npos : close - 1));
  if (close == Slice::npos || !isIpv6(host)) return Error{" has no IPv6 address in its brackets"};
  const Slice rest = text.substr(close + 1);
  if (rest.empty() || rest.front() != ':') return Error{" has no port"};
  return withPort(host, rest.substr(1));
}

}  // namespace

Result<Address> parseHostPort(Slice text) {
  if (!text.empty() && text.front() == '[') return parseBracketed(text);
  const size_t colon = text.rfind(':');
  if (colon == Slice::npos) return Error{" has no port"};
  const std::string host(text.substr(0, colon));
  if (host.find(':') != std::string::npos) return Error{" has an IPv6 address without brackets"};
  if (host.empty()) return Error{" has no host"};
  if (!isName(host)) return Error{" has a host that is neither an IPv4 address nor a name"};
  return withPort(host, text.substr(colon + 1));
}

Result<Address> parseBind(Slice text) {
  if (!text.starts_with("unix:")) return parseHostPort(text);
  const std::string path(text.substr(5));
  if (path.empty() || path.front() != '/') return Error{" has no absolute path"};
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return Error{" has a path too long for a Unix socket"};
  return Address{{}, 0, path};
}

Result<Address> parseMapped(Slice text) {
  const std::string whole(text);
  if (isName(whole) || isIpv6(whole)) return Address{whole, 0, {}};
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed && isIpv6(whole.substr(1, whole.size() - 2))) return Address{whole.substr(1, whole.size() - 2), 0, {}};
  return parseHostPort(text);
}

}  // namespace slotway::settings
