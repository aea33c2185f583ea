#include "cluster/node.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "cluster/number.h"

namespace slotway {
namespace {

constexpr size_t kMaxHostBytes = 255;

struct HostAndPort {
  Slice host;
  Slice port;
};

bool isV6(Slice text) {
  const std::string address(text.substr(0, text.find('%')));
  in6_addr ignored;
  return inet_pton(AF_INET6, address.c_str(), &ignored) == 1;
}

bool mayBeInName(char byte) { return byte > ' ' && byte < 0x7f && Slice("[]@,\"'\\").find(byte) == Slice::npos; }

Error notAnEndpoint(Slice text, Slice why) {
  constexpr size_t kShown = 80;
  std::string shown(text.substr(0, kShown));
  std::replace_if(shown.begin(), shown.end(), [](char byte) { return byte < ' ' || byte > '~'; }, '.');
  return Error{"'" + shown + "' is not host:port: " + std::string(why)};
}

std::optional<HostAndPort> splitBracketed(Slice text) {
  const size_t close = text.find(']');
  if (close == Slice::npos || text.substr(close + 1, 1) != ":") return std::nullopt;
  return HostAndPort{text.substr(1, close - 1), text.substr(close + 2)};
}

std::optional<HostAndPort> split(Slice text) {
  if (text.starts_with('[')) return splitBracketed(text);
  const size_t colon = text.rfind(':');
  if (colon == Slice::npos) return std::nullopt;
  return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

bool isHost(Slice text) {
  if (text.empty() || text.size() > kMaxHostBytes) return false;
  if (!std::all_of(text.begin(), text.end(), mayBeInName)) return false;
  return text.find(':') == Slice::npos || isV6(text);
}

std::string Endpoint::text() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parseAnnouncedEndpoint(Slice text) {
  const std::optional<HostAndPort> parts = split(text);
  if (!parts) return notAnEndpoint(text, "there is no port behind a colon");
  const std::optional<uint16_t> port = readNumber<uint16_t>(parts->port);
  if (!port || *port == 0) return notAnEndpoint(text, "the port must be a number from 1 to 65535");
  if (text.starts_with('[') && !isV6(parts->host)) return notAnEndpoint(text, "in brackets belongs an IPv6 address");
  if (parts->host.empty() || parts->host == "?") return Endpoint{"", *port};
  if (!isHost(parts->host)) return notAnEndpoint(text, "the host is neither an address nor a name");
  return Endpoint{std::string(parts->host), *port};
}

Result<Endpoint> parseEndpoint(Slice text) {
  Result<Endpoint> endpoint = parseAnnouncedEndpoint(text);
  if (endpoint && endpoint->host.empty()) return notAnEndpoint(text, "there is no host before the colon");
  return endpoint;
}

}  // namespace slotway
