// A request with its keys as the nodes call them. What has keys and does not show them is refused, so that nothing is written
// without the tag.
// Owner: a worker keeps one as scratch; its memory is kept from request to request. Thread: the worker's (pure).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "command/command.h"
#include "command/keys.h"
#include "keyspace/keyspace.h"
#include "resp/request.h"

namespace slotway {

class RenamedRequest {
 public:
  /// Begins with `request`, which outlives it, and whose arity fits. The error text, without '-', if it cannot be one of a
  /// keyspace.
  std::optional<std::string> take(const Keyspace& keyspace, const Command& command, const Request& request);
  /// Another text for an argument, which outlives request().
  void replace(size_t place, Slice text) { parts_[place] = {{}, text}; }
  /// What has become of it; valid until the next take().
  Request request();

 private:
  struct Part {
    Slice front;
    Slice text;
  };

  void rename(size_t place) { parts_[place].front = prefix_; }
  void renamePatterns();

  Slice prefix_;
  std::vector<Part> parts_;
  std::vector<FoundKey> keys_;
  Bytes wire_;
  std::vector<Slice> args_;
};

}  // namespace slotway
