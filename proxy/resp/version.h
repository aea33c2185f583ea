// Which RESP a connection speaks: the client's choice (HELLO), and with it that of the links that serve it.
// Thread: any (a constant).
#pragma once
#include <cstdint>

namespace slotway::resp {

enum class Version : uint8_t { Resp2 = 2, Resp3 = 3 };

}  // namespace slotway::resp
