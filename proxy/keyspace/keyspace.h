// What the keys of one application are called at the nodes: with a hash tag of its own in front, so that they share a slot.
//
//     at the client: queue:1  <->  at the nodes: {app1}:queue:1
//
// The tag comes first, so a hash tag in the key itself counts for nothing.
// Owner: a worker has one for each listener with `keyspace.hash_tag`. Thread: any (immutable).
// Source: Redis cluster specification, "Hash tags".
#pragma once
#include <string>

#include "base/slice.h"
#include "cluster/hash_slot.h"

namespace slotway {

class Keyspace {
 public:
  /// `hashTag` is not empty and has no braces.
  explicit Keyspace(Slice hashTag);

  /// What stands in front of each key.
  Slice prefix() const { return prefix_; }
  /// The same as a glob pattern.
  Slice globPrefix() const { return globPrefix_; }
  /// Of all its keys.
  HashSlot slot() const { return slot_; }
  bool owns(Slice name) const { return name.starts_with(prefix_); }
  /// The key of a name that it owns.
  Slice keyOf(Slice name) const { return name.substr(prefix_.size()); }
  std::string nameOf(Slice key) const { return prefix_ + std::string(key); }
  /// A glob pattern for keys as one for names.
  std::string patternOf(Slice pattern) const { return globPrefix_ + std::string(pattern); }

 private:
  const std::string prefix_;
  const std::string globPrefix_;
  const HashSlot slot_;
};

}  // namespace slotway
