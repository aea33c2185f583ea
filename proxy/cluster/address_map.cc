#include "cluster/address_map.h"

namespace slotway {
namespace {

Slice withoutBrackets(Slice host) {
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

Endpoint instead(Slice text, uint16_t port) {
  Result<Endpoint> endpoint = parseEndpoint(text);
  return endpoint ? *endpoint : Endpoint{std::string(withoutBrackets(text)), port};
}

bool namesWhole(Slice row, const Endpoint& endpoint) {
  const Result<Endpoint> parsed = parseEndpoint(row);
  return parsed && parsed.value() == endpoint;
}

}  // namespace

Endpoint translated(const AddressMap& map, Endpoint announced) {
  for (const auto& [row, to] : map) {
    if (namesWhole(row, announced)) return instead(to, announced.port);
  }
  for (const auto& [row, to] : map) {
    if (withoutBrackets(row) == announced.host) return instead(to, announced.port);
  }
  return announced;
}

}  // namespace slotway
