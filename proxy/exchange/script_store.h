// The bodies of scripts that have been seen, by their SHA-1: so that a node that lacks one can be given it. A bounded
// store; what has not been used for longest goes. Bodies are immutable, so that the workers' stores share them.
//
//     EVAL body, SCRIPT LOAD body --learn--> store --find(sha)--> the body, for an EVALSHA that a node did not know
//
// Owner: a Router's Scripts. Thread: the worker's; a Script may be read by any.
#pragma once
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/slice.h"
#include "keyspace/keyspace.h"

namespace slotway {

struct Script {
  std::string sha;   ///< 40 lower-case hex digits
  std::string body;
  // Of a keyspace, whose scripts go to the nodes with other words in front (keyspace/renamed_script.h):
  std::string ownSha{};  ///< the name by which its clients know it
  std::string alias{};   ///< what stands for that name outside the keyspace
};

/// No script has this name: two keyspaces, or none, may have one and the same script under two names at the nodes.
std::string aliasOf(Slice ownSha, const Keyspace& keyspace);

using SharedScript = std::shared_ptr<const Script>;

class ScriptStore {
 public:
  /// What an entry costs beside its body.
  static constexpr size_t kEntryBytes = 256;

  explicit ScriptStore(size_t mostBytes) : mostBytes_(mostBytes) {}

  /// The script whose name or alias is `sha`, of any case; null when it is not known. Valid until the next call.
  const Script* find(Slice sha);
  /// The script of this body, if it was not known yet and is now; null when it was, or is too large to be kept.
  SharedScript learn(Slice body);
  /// The same of one that is `ownBody` to the clients of this keyspace.
  SharedScript learn(Slice body, Slice ownBody, const Keyspace& keyspace);
  /// Of another store.
  void add(SharedScript script);
  void drop(Slice sha);
  void clear();

  size_t bytes() const { return bytes_; }
  size_t size() const { return scripts_.size(); }

 private:
  using Scripts = std::list<SharedScript>;  ///< the latest used first
  using Place = Scripts::iterator;

  void use(Place place) { scripts_.splice(scripts_.begin(), scripts_, place); }
  bool isKnown(Slice body);
  SharedScript keep(Script script);
  void forget(Place place);
  static size_t sizeOf(const Script& script) { return script.body.size() + kEntryBytes; }

  const size_t mostBytes_;
  size_t bytes_ = 0;
  Scripts scripts_;
  std::unordered_map<Slice, Place> bySha_;   ///< the keys lie in the scripts
  std::unordered_map<Slice, Place> byBody_;  ///< spares the sum over a body that is known
};

}  // namespace slotway
