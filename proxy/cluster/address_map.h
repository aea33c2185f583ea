// address_map: the addresses that nodes announce -> the ones where they can be reached from here (NAT, port forwards).
// Owner: the settings of an upstream. Thread: any (pure).
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "cluster/node.h"

namespace slotway {

/// Announced "host:port" (or "host", any port) -> "host:port" or "host" (the port is kept) instead.
using AddressMap = std::vector<std::pair<std::string, std::string>>;

/// Where to connect for `announced`. A row with its port goes before a row for its host; of equals the first.
/// Translated once: the result is not looked up again. To be used on endpoints of redirects too, since nodes announce
/// the same addresses there.
Endpoint translated(const AddressMap& map, Endpoint announced);

}  // namespace slotway
