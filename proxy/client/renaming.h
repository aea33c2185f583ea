// What a worker needs to serve the clients of a listener with a keyspace of its own: their keys' names, and memory to rename in.
//
//     handle() -> RenamedRequest -> as any request ... its reply -> exchangeSettled() -> renamed() -> the client
//
// Owner: the worker's ClientScratch, one for each such listener. Thread: the worker's.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "command/command_table.h"
#include "exchange/scripts.h"
#include "keyspace/keyspace.h"
#include "keyspace/renamed_request.h"
#include "keyspace/renamed_script.h"

namespace slotway {

class Renaming {
 public:
  explicit Renaming(Slice hashTag) : keyspace_(hashTag) {}

  const Keyspace& keyspace() const { return keyspace_; }

  /// The request as it goes to the nodes, valid until the next call; or an error text, without '-'.
  Result<Request> rename(const Request& request, const Command& command, const CommandTable& table, Scripts& scripts);
  /// The reply to such a command as the client wants it; empty: it is that already. Valid until the next call.
  Slice rename(InKeyspace kind, Slice reply, Scripts& scripts);

 private:
  void renameScripts(const Request& request, ScriptRole role, Scripts& scripts);
  static void renameScript(std::string& error, Scripts& scripts);
  std::string bodyOf(Slice ownBody, Scripts& scripts) const;
  std::string shaOf(Slice ownSha, Scripts& scripts) const;

  const Keyspace keyspace_;
  RenamedRequest request_;
  std::shared_ptr<const CommandTable> table_;  ///< that the words in front of scripts are of
  std::optional<RenamedScript> script_;
  std::vector<std::string> texts_;             ///< of scripts in the request
  Bytes answer_;
};

}  // namespace slotway
