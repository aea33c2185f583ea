// Fills a CommandTable: facts and decisions in, rows and their index out. The same way for the facts of our build and
// for what the live cluster tells.
// Owner: the function that builds. Thread: any (pure).
#pragma once
#include <memory>
#include <string>

#include "command/command_table.h"
#include "command/decisions.h"

namespace slotway {

class CommandTableBuilder {
 public:
  /// Begins with what `base` has; with nothing if it is nullptr.
  explicit CommandTableBuilder(const CommandTable* base);

  /// Adds a command and its subcommands, each unless there is a row of that name; false when `raw` cannot be read.
  /// `raw` must live as long as the table: see keep().
  bool add(Slice raw, Origin origin);
  /// Adds what the decisions say is missing from the facts. Crashes when a decision fits no row.
  void addDecided();
  /// The table will hold on to `reply`, which rows point into.
  void keep(std::shared_ptr<const std::string> reply) { table_->learnedFrom_.push_back(std::move(reply)); }

  size_t size() const { return table_->commands_.size(); }
  std::shared_ptr<const CommandTable> build();

 private:
  bool known(Slice name) const;
  void addRow(Fact fact, Origin origin);
  void append(Command command, Slice raw);

  std::shared_ptr<CommandTable> table_;
};

}  // namespace slotway
