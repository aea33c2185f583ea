// All commands that this proxy knows. Built once from the facts of our build and the decisions; a table that knows more,
// learned from the live cluster, replaces it as a whole. Indexes are stable: a learned table only appends.
//
//     facts (COMMAND's own reply) --+
//                                   +--> CommandTable --find("GET")--> Command row
//     decisions ---------------------+
//
// Owner: shared (std::shared_ptr<const CommandTable>). Thread: any (immutable).
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/path.h"
#include "base/result.h"
#include "command/command.h"
#include "command/command_index.h"
#include "resp/version.h"

namespace slotway {

class CommandTable : public std::enable_shared_from_this<CommandTable> {
 public:
  /// Room for the rows of every table that will ever be learned; a row beyond it is not learned.
  static constexpr size_t kMaxCommands = 1024;

  /// The facts of our build joined with the decisions. Crashes (CHECK) when they do not fit: that is our error.
  static std::shared_ptr<const CommandTable> builtin();

  /// This table and what `commandReply` (a whole reply to COMMAND, RESP2) knows beyond it.
  /// The same table when it knows nothing new; an error when the reply cannot be read.
  Result<std::shared_ptr<const CommandTable>> learn(Slice commandReply) const;

  /// The row for a request, by its name and, for containers, its subcommand; any case. nullptr when there is none.
  const Command* find(std::span<const Slice> args) const;
  /// By its full name, "get" or "config|set", any case; nullptr when there is none.
  const Command* named(Slice fullName) const;

  const std::vector<Command>& commands() const { return commands_; }
  /// The command's element of COMMAND's reply, raw; empty for one that the decisions added.
  Slice rawFact(const Command& command) const { return facts_[command.index]; }

  /// Why `args` cannot run at all, in Redis's own words and without '-': unknown command or subcommand, wrong arity.
  /// `command` is what find() gave. Empty when it can.
  SLOTWAY_RARE std::string refusal(std::span<const Slice> args, const Command* command) const;

  /// Answers COMMAND and COMMAND COUNT, DOCS, INFO, LIST, GETKEYS, GETKEYSANDFLAGS, HELP from the table.
  /// `args` as find() and refusal() let them pass.
  void answerCommand(std::span<const Slice> args, resp::Version version, Bytes& out) const;

 private:
  CommandTable() = default;
  friend class CommandTableBuilder;
  std::vector<Command> commands_;
  std::vector<Slice> facts_;  ///< by index; into the facts of our build or into learnedFrom_
  std::vector<std::shared_ptr<const std::string>> learnedFrom_;  ///< the replies that rows point into
  CommandIndex index_;
};

}  // namespace slotway
