#include "command/command_table.h"

#include <algorithm>

#include "command/command_table_builder.h"
#include "command/facts.h"
#include "command/words.h"
#include "resp/reply_reader.h"

namespace slotway {
namespace {

// Redis cuts names and arguments in its texts here (server.c, commandCheckExistence).
constexpr size_t kQuotedBytes = 128;

// As printf's "%.*s" prints it: up to a limit or a zero byte.
Slice printable(Slice word, size_t limit) {
  const Slice cut = word.substr(0, std::min(limit, word.size()));
  return cut.substr(0, cut.find('\0'));
}

std::string quoted(Slice word, size_t limit) {
  std::string text("'");
  text.append(printable(word, limit));
  return text += '\'';
}

std::string uppered(Slice word) {
  std::string text(printable(word, word.size()));
  std::ranges::transform(text, text.begin(), [](char letter) { return upper(letter); });
  return text;
}

std::string unknownCommand(std::span<const Slice> args) {
  std::string shown;
  for (const Slice arg : args.subspan(1)) {
    if (shown.size() >= kQuotedBytes) break;
    shown += quoted(arg, kQuotedBytes - shown.size()) + ' ';
  }
  return "ERR unknown command " + quoted(args[0], kQuotedBytes) + ", with args beginning with: " + shown;
}

std::string unknownSubcommand(std::span<const Slice> args) {
  return "ERR unknown subcommand " + quoted(args[1], kQuotedBytes) + ". Try " + uppered(args[0]) + " HELP.";
}

std::shared_ptr<const CommandTable> makeBuiltin() {
  CommandTableBuilder builder(nullptr);
  for (const facts::CommandFact& fact : facts::commands()) CHECK_THAT(builder.add(fact.info, Origin::OurBuild));
  builder.addDecided();
  CHECK_THAT(builder.size() < CommandTable::kMaxCommands);
  return builder.build();
}

}  // namespace

std::shared_ptr<const CommandTable> CommandTable::builtin() {
  static const std::shared_ptr<const CommandTable> table = makeBuiltin();
  return table;
}

Result<std::shared_ptr<const CommandTable>> CommandTable::learn(Slice commandReply) const {
  const auto reply = std::make_shared<const std::string>(commandReply);
  resp::ReplyReader reader{Slice(*reply)};
  const auto array = reader.next();
  if (!array.isArray()) return Error{"the reply to COMMAND is no array"};
  CommandTableBuilder builder(this);
  for (int64_t left = array.number; left > 0; --left) {
    const Slice row = reader.skip();
    if (!reader.ok()) return Error{"the reply to COMMAND is cut short or malformed"};
    // A row that makes no sense is a command that we do not know; the others still count.
    (void)builder.add(row, Origin::Learned);
  }
  if (builder.size() == commands_.size()) return shared_from_this();
  builder.keep(reply);
  return builder.build();
}

const Command* CommandTable::find(std::span<const Slice> args) const {
  const uint16_t row = index_.find(commands_, args[0]);
  if (row == CommandIndex::kNone) return nullptr;
  const Command& command = commands_[row];
  if (!command.container || args.size() < 2) return &command;
  if (args[1].empty()) return nullptr;
  const uint16_t subcommand = index_.find(commands_, args[0], args[1]);
  return subcommand == CommandIndex::kNone ? nullptr : &commands_[subcommand];
}

const Command* CommandTable::named(Slice fullName) const {
  const size_t bar = fullName.find('|');
  const Slice subcommand = bar == Slice::npos ? Slice() : fullName.substr(bar + 1);
  if (bar != Slice::npos && subcommand.empty()) return nullptr;
  const uint16_t row = index_.find(commands_, fullName.substr(0, bar), subcommand);
  return row == CommandIndex::kNone ? nullptr : &commands_[row];
}

std::string CommandTable::refusal(std::span<const Slice> args, const Command* command) const {
  if (command == nullptr) {
    const bool container = index_.find(commands_, args[0]) != CommandIndex::kNone;
    return container ? unknownSubcommand(args) : unknownCommand(args);
  }
  if (command->arityFits(args.size())) return {};
  return "ERR wrong number of arguments for '" + command->name + "' command";
}

}  // namespace slotway
