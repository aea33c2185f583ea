#include "command/keyspace_notes.h"

#include "command/words.h"

namespace slotway {

std::string refusalInKeyspace(const Command& command) {
  std::string text = "ERR ";
  for (const char letter : command.name) text += letter == '|' ? ' ' : upper(letter);
  return text + " is not supported with keyspace.hash_tag: it would reach keys of others, or has keys that nobody can tell";
}

std::string noteInKeyspace(const Command& command) {
  constexpr Slice kSteps = " page by page, so that no node stands still: what changes meanwhile is seen or not.";
  switch (command.inKeyspace) {
    case InKeyspace::Refused: return '`' + refusalInKeyspace(command) + '`';
    case InKeyspace::Scan: return "Of the keyspace's keys.";
    case InKeyspace::List: return "The keyspace's keys are listed" + std::string(kSteps);
    case InKeyspace::Count: return "The keyspace's keys are counted" + std::string(kSteps);
    case InKeyspace::Clear: return "The keyspace's keys are deleted" + std::string(kSteps) + " Refused inside MULTI.";
    case InKeyspace::Draw:
      return "One of the keyspace's keys; where these are few among many others on the node all are read, page by page.";
    case InKeyspace::Keys:
    case InKeyspace::KeyFirst:
    case InKeyspace::KeyOfEach:
    case InKeyspace::KeyInError:
    case InKeyspace::Sorted:
    case InKeyspace::Digest: break;
  }
  if (command.script != ScriptRole::RunsBody) return "";
  return "The script sees its client's keys: in KEYS, in what it builds itself, in replies. At the nodes it has other words in "
         "front of it. Inside, DBSIZE, RANDOMKEY, FLUSHALL and FLUSHDB are refused, KEYS and SCAN are about the keyspace.";
}

}  // namespace slotway
