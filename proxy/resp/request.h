// One request as the client sent it: views into the buffer that was parsed, valid until that buffer is read into again.
// Thread: the worker that parsed it.
#pragma once
#include <span>
#include <vector>

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

/// A copy of a request, for one that is needed for longer than its buffer is.
class KeptRequest {
 public:
  explicit KeptRequest(const Request& request) : wire_(request.wire) {
    args_.reserve(request.args.size());
    for (const Slice arg : request.args) args_.push_back({wire_.data() + (arg.data() - request.wire.data()), arg.size()});
  }
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;

  Request request() const { return {wire_.slice(), args_}; }

 private:
  Bytes wire_;
  std::vector<Slice> args_;  ///< into wire_
};

}  // namespace slotway
