#include "command/command_table_builder.h"

#include <algorithm>

namespace slotway {
namespace {

bool fits(const Decision& row, Slice name) {
  if (!row.name.ends_with('*')) return row.name == name;
  return name.starts_with(row.name.substr(0, row.name.size() - 1));
}

}  // namespace

CommandTableBuilder::CommandTableBuilder(const CommandTable* base)
    : table_(base == nullptr ? new CommandTable() : new CommandTable(*base)) {}

bool CommandTableBuilder::known(Slice name) const {
  return std::ranges::any_of(table_->commands_, [&](const Command& command) { return command.name == name; });
}

void CommandTableBuilder::append(Command command, Slice raw) {
  if (size() == CommandTable::kMaxCommands) return;
  command.index = static_cast<uint16_t>(size());
  table_->commands_.push_back(std::move(command));
  table_->facts_.push_back(raw);
}

bool CommandTableBuilder::add(Slice raw, Origin origin) {
  std::optional<Fact> fact = readFact(raw);
  if (!fact || Slice(fact->command.name).find('|') != Slice::npos) return false;
  const std::vector<Slice> subcommands = fact->subcommands;
  const std::string prefix = fact->command.name + '|';
  addRow(std::move(*fact), origin);
  for (const Slice subcommand : subcommands) {
    std::optional<Fact> row = readFact(subcommand);
    if (!row || !row->command.name.starts_with(prefix)) return false;
    addRow(std::move(*row), origin);
  }
  return true;
}

void CommandTableBuilder::addRow(Fact fact, Origin origin) {
  if (known(fact.command.name)) return;
  fact.command.learned = origin == Origin::Learned;
  decide(fact.command, fact.tips, origin);
  append(std::move(fact.command), fact.raw);
}

void CommandTableBuilder::addDecided() {
  for (const Decision& row : decisions()) {
    if (row.addedArity == 0) continue;
    CHECK_THAT(!known(row.name));
    Command command;
    command.name = row.name;
    command.arity = row.addedArity;
    decide(command, {}, Origin::OurBuild);
    append(std::move(command), {});
  }
  for (const Decision& row : decisions()) {
    CHECK_THAT(row.ifLearned || std::ranges::any_of(table_->commands_, [&](const Command& command) { return fits(row, command.name); }));
  }
  for (const FinderChoice& choice : finderChoices()) CHECK_THAT(known(choice.name));
}

std::shared_ptr<const CommandTable> CommandTableBuilder::build() {
  table_->index_.fill(table_->commands_);
  return table_;
}

}  // namespace slotway
