// One request as the client sent it: views into the buffer that was parsed, valid until that buffer is read into again.
// Thread: the worker that parsed it.
#pragma once
#include <span>

#include "base/bytes.h"
#include "base/slice.h"

namespace slotway {

struct Request {
  /// The request as a RESP array of bulks, without anything else between them: it can go to a server as it is.
  Slice wire;
  /// The command's name and its arguments, in `wire`; never empty.
  std::span<const Slice> args;
  /// Where not null: what holds `wire` and nothing else. It may be taken; the bytes stay where they are.
  Bytes* storage = nullptr;
};

}  // namespace slotway
