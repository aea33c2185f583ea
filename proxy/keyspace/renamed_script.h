// A script of a keyspace: words before the script's own that have it see its client's keys. KEYS has them as the client calls
// them, redis.call and redis.pcall put the keyspace's tag in front of each key that a command has, and take it off what the
// command answers. So a script may build the names of keys out of anything, and lands in its own keyspace. A command whose keys
// cannot be told is refused there.
//
//     return redis.call('get', KEYS[1])  ->  local redis,KEYS=(function() ... end)() return redis.call('get', KEYS[1])
//
// The words are one line without an end: numbers of lines in errors stay.
// Owner: a worker, one for each keyspace and command table. Thread: the worker's (pure).
// Source: Redis documentation, "Scripting with Lua" and "Redis Lua API reference"; for the shebang "Script flags".
#pragma once
#include <string>

#include "command/command_table.h"
#include "keyspace/keyspace.h"

namespace slotway {

class RenamedScript {
 public:
  RenamedScript(const Keyspace& keyspace, const CommandTable& table);

  std::string of(Slice body) const;

 private:
  std::string words_;
};

}  // namespace slotway
