// The answers to COMMAND and its subcommands: slices of the facts where possible, so that they are the server's own.
#include <algorithm>

#include "command/command_table.h"
#include "command/fact_shapes.h"
#include "command/facts.h"
#include "command/glob.h"
#include "command/keys.h"
#include "command/words.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

using Args = std::span<const Slice>;
using resp::ReplyReader;
using resp::Version;

bool isSubcommand(const Command& command) { return command.name.find('|') != std::string::npos; }

// What a server of this knowledge would list: not what the decisions added.
bool isTopLevel(const CommandTable& table, const Command& command) {
  return !isSubcommand(command) && !table.rawFact(command).empty();
}

size_t topLevelCount(const CommandTable& table) {
  return static_cast<size_t>(
      std::ranges::count_if(table.commands(), [&](const Command& command) { return isTopLevel(table, command); }));
}

void answerAll(const CommandTable& table, Args, Version version, Bytes& out) {
  resp::arrayHeader(out, topLevelCount(table));
  for (const Command& command : table.commands()) {
    if (isTopLevel(table, command)) writeFact(table.rawFact(command), FactShape::Info, version, out);
  }
}

void answerCount(const CommandTable& table, Args, Version, Bytes& out) {
  resp::integer(out, static_cast<int64_t>(topLevelCount(table)));
}

void answerInfo(const CommandTable& table, Args args, Version version, Bytes& out) {
  if (args.size() == 2) return answerAll(table, args, version, out);
  resp::arrayHeader(out, args.size() - 2);
  for (const Slice name : args.subspan(2)) {
    const Command* command = table.named(name);
    const Slice fact = command == nullptr ? Slice() : table.rawFact(*command);
    fact.empty() ? resp::null(out, version) : writeFact(fact, FactShape::Info, version, out);
  }
}

// The value of `wanted` in the flat map `raw`; empty when there is none.
Slice valueIn(Slice raw, Slice wanted) {
  ReplyReader reader(raw);
  for (int64_t left = reader.next().number / 2; left > 0; --left) {
    const Slice key = reader.next().text;
    const Slice value = reader.skip();
    if (key == wanted) return value;
  }
  return {};
}

// Empty for what was learned: the cluster was not asked for its documentation.
Slice docsOf(const Command& command) {
  const Slice name = command.name;
  const Slice topLevel = name.substr(0, name.find('|'));
  const auto all = facts::commands();
  const auto fact = std::ranges::lower_bound(all, topLevel, {}, &facts::CommandFact::name);
  if (fact == all.end() || fact->name != topLevel) return {};
  return isSubcommand(command) ? valueIn(valueIn(fact->docs, "subcommands"), name) : fact->docs;
}

void writeDocs(std::span<const Command* const> commands, Version version, Bytes& out) {
  resp::mapHeader(out, commands.size(), version);
  for (const Command* command : commands) {
    resp::bulk(out, command->name);
    writeFact(docsOf(*command), FactShape::Pairs, version, out);
  }
}

void answerDocs(const CommandTable& table, Args args, Version version, Bytes& out) {
  std::vector<const Command*> chosen;
  if (args.size() == 2) {
    for (const Command& command : table.commands()) {
      if (isTopLevel(table, command)) chosen.push_back(&command);
    }
  }
  for (const Slice name : args.subspan(2)) {
    if (const Command* command = table.named(name)) chosen.push_back(command);
  }
  std::erase_if(chosen, [](const Command* command) { return docsOf(*command).empty(); });
  writeDocs(chosen, version, out);
}

// FILTERBY ACLCAT: "@read" stands among the categories, the seventh field of the fact.
bool inCategory(Slice fact, Slice category) {
  constexpr int kFieldsBefore = 6;
  ReplyReader reader(fact);
  reader.next();
  for (int field = 0; field < kFieldsBefore; ++field) reader.skip();
  for (int64_t left = reader.next().number; left > 0 && reader.ok(); --left) {
    const Slice word = reader.next().text;
    if (!word.empty() && sameWord(word.substr(1), category)) return true;
  }
  return false;
}

enum class Filter : uint8_t { All, Pattern, Category, Module };

bool passes(Filter filter, Slice argument, const Command& command, Slice fact) {
  switch (filter) {
    case Filter::All: return true;
    case Filter::Pattern: return globMatches(argument, command.name);
    case Filter::Category: return inCategory(fact, argument);
    case Filter::Module: return false;  // COMMAND does not tell which module a command is from
  }
  return false;
}

bool readFilter(Args args, Filter& filter) {
  if (args.size() == 2) return true;
  if (args.size() != 5 || !sameWord(args[2], "filterby")) return false;
  if (sameWord(args[3], "pattern")) filter = Filter::Pattern;
  if (sameWord(args[3], "aclcat")) filter = Filter::Category;
  if (sameWord(args[3], "module")) filter = Filter::Module;
  return filter != Filter::All;
}

void answerList(const CommandTable& table, Args args, Version, Bytes& out) {
  Filter filter = Filter::All;
  if (!readFilter(args, filter)) return resp::error(out, "ERR syntax error");
  std::vector<Slice> names;
  for (const Command& command : table.commands()) {
    const Slice fact = table.rawFact(command);
    if (!fact.empty() && passes(filter, args.back(), command, fact)) names.emplace_back(command.name);
  }
  resp::request(out, names);
}

// Finds the keys of the command that stands in `args`; answers itself and gives false when it has none.
bool takeKeys(const CommandTable& table, Args args, std::vector<FoundKey>& keys, Bytes& out) {
  const Command* command = table.find(args);
  Slice trouble;
  const auto isKey = [](const KeySpec& spec) { return !spec.notKey; };
  if (command == nullptr) {
    trouble = "ERR Invalid command specified";
  } else if (std::ranges::none_of(command->keySpecs, isKey)) {
    trouble = "ERR The command has no key arguments";
  } else if (!command->arityFits(args.size())) {
    trouble = "ERR Invalid number of arguments specified for command";
  } else if (!findKeys(*command, args, keys) || keys.empty()) {
    keys.clear();
    if (!command->has(CommandFlag::NoMandatoryKeys)) trouble = "ERR Invalid arguments specified for command";
  }
  if (!trouble.empty()) resp::error(out, trouble);
  return trouble.empty();
}

void answerGetKeys(const CommandTable& table, Args args, Version, Bytes& out) {
  const Args request = args.subspan(2);
  std::vector<FoundKey> keys;
  if (!takeKeys(table, request, keys, out)) return;
  resp::arrayHeader(out, keys.size());
  for (const FoundKey& key : keys) resp::bulk(out, request[key.position]);
}

void answerGetKeysAndFlags(const CommandTable& table, Args args, Version version, Bytes& out) {
  const Args request = args.subspan(2);
  std::vector<FoundKey> keys;
  if (!takeKeys(table, request, keys, out)) return;
  const Command& command = *table.find(request);
  resp::arrayHeader(out, keys.size());
  for (const FoundKey& key : keys) {
    resp::arrayHeader(out, 2);
    resp::bulk(out, request[key.position]);
    const Slice access = command.keySpecs[key.spec].access;
    writeFact(access.empty() ? "*0\r\n" : access, FactShape::Set, version, out);
  }
}

void answerHelp(const CommandTable&, Args, Version, Bytes& out) { out.append(facts::commandHelp()); }

struct Subcommand {
  Slice word;
  void (*answer)(const CommandTable&, Args, Version, Bytes&);
};

constexpr Subcommand kSubcommands[] = {
    {"count", answerCount}, {"docs", answerDocs}, {"getkeys", answerGetKeys},
    {"help", answerHelp},   {"info", answerInfo}, {"getkeysandflags", answerGetKeysAndFlags},
    {"list", answerList},
};

}  // namespace

void CommandTable::answerCommand(std::span<const Slice> args, Version version, Bytes& out) const {
  if (args.size() == 1) return answerAll(*this, args, version, out);
  const auto isAsked = [&](const Subcommand& row) { return sameWord(row.word, args[1]); };
  const auto* found = std::ranges::find_if(kSubcommands, isAsked);
  if (found == std::end(kSubcommands)) return resp::error(out, "ERR syntax error");
  found->answer(*this, args, version, out);
}

}  // namespace slotway
