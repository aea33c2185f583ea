// What a client's connection remembers between requests.
// Owner: its Client. Thread: the worker's.
#pragma once
#include <cstdint>
#include <string>

namespace slotway {

enum class ReplyMode : uint8_t {
  On,
  Off,       ///< CLIENT REPLY OFF: nothing is answered until ON
  SkipNext,  ///< CLIENT REPLY SKIP has been read: the next answer is left out
};

struct Session {
  uint64_t id = 0;           ///< unique in this process
  std::string name;          ///< CLIENT SETNAME
  std::string libraryName;   ///< CLIENT SETINFO
  std::string libraryVersion;
  bool authenticated = false;
  ReplyMode replyMode = ReplyMode::On;
  uint64_t sinceMs = 0;      ///< loop time of the connection's beginning
  uint64_t activeMs = 0;     ///< ... and when bytes last came from the client, or a write that had to wait was done
  const char* lastCommand = "NULL";
};

}  // namespace slotway
