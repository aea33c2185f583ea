#include "command/commands_page.h"

#include <algorithm>

#include "command/differences.h"
#include "command/facts.h"
#include "command/keyspace_notes.h"
#include "command/words.h"

namespace slotway {
namespace {

Slice nameOf(Lane lane) {
  switch (lane) {
    case Lane::ByKey: return "by key";
    case Lane::Split: return "split";
    case Lane::FanOut: return "fan out";
    case Lane::AnyNode: return "any master";
    case Lane::Local: return "local";
    case Lane::Pinned: return "pinned";
    case Lane::Special: return "step by step";
    case Lane::Refuse: return "refused";
  }
  return "";
}

Slice nameOf(Merge merge) {
  switch (merge) {
    case Merge::First: return "the first reply";
    case Merge::AllOk: return "all must succeed";
    case Merge::AnyOk: return "one must succeed";
    case Merge::Sum: return "replies are added";
    case Merge::Min: return "the smallest reply";
    case Merge::Max: return "the greatest reply";
    case Merge::AllTrue: return "true where all say so";
    case Merge::AnyTrue: return "true where one says so";
    case Merge::Concat: return "replies strung together";
    case Merge::Running: return "who is busy answers";
    case Merge::KeyOrder: return "replies in the order of the keys";
  }
  return "";
}

bool manyKeys(const Command& command) {
  return std::ranges::any_of(command.keySpecs, [](const KeySpec& spec) {
    return spec.lastKey != 0 || spec.find == KeySpec::Find::KeyNumber;
  }) || command.keySpecs.size() > 1;
}

std::string keysNote(const Command& command) {
  if (!manyKeys(command)) return "";
  const bool script = command.has(CommandFlag::MayRunScript);
  return script ? "Keys must share a slot (hash tags); without keys always the same master."
                : "Keys must share a slot (hash tags).";
}

std::string spreadNote(const Command& command) {
  std::string note;
  if (command.lane == Lane::Split) note = "One part per slot, so atomic per slot only; ";
  if (command.lane == Lane::FanOut) note = command.reach == Reach::AllNodes ? "All nodes; " : "All masters; ";
  return note.append(nameOf(command.merge)) + '.';
}

std::string noteOf(const Command& command) {
  const bool ofKeys = command.lane == Lane::ByKey || command.lane == Lane::Special;
  std::string note;
  if (ofKeys && command.reason.empty()) note = keysNote(command);
  if (command.lane == Lane::Split || command.lane == Lane::FanOut) note = spreadNote(command);
  if (command.lane == Lane::Refuse) return '`' + command.reason + '`';
  if (!note.empty() && !command.reason.empty()) note += ' ';
  return note + command.reason;
}

std::string spelled(const Command& command) {
  std::string name;
  for (const char letter : command.name) name += letter == '|' ? ' ' : upper(letter);
  return name;
}

std::string row(const Command& command) {
  std::string text = "| " + spelled(command) + " | ";
  text.append(nameOf(command.lane)) += " | ";
  const std::string note = noteOf(command);
  return text + note + (note.empty() ? "|\n" : " |\n");
}

// A cell of the table; a bar would end it.
std::string quoted(Slice text) {
  std::string cell = " `";
  for (const char letter : text) {
    if (letter == '|') cell += '\\';
    cell += letter;
  }
  return cell + "` |";
}

std::string differencesPart() {
  std::string text =
      "\n## Known differences\n\n"
      "Commands that work, and still answer otherwise than one Redis does. `*` stands for anything; an error is written with\n"
      "its `-`, a status with its `+`, a number with its `:`. `tests/differential` compares the replies of both, byte for byte,\n"
      "and fails on a difference that is not listed here, as on a listed one that is none any more.\n\n"
      "| Commands | For example | One Redis | Slotway | Why |\n"
      "| --- | --- | --- | --- | --- |\n";
  for (const Difference& difference : differences()) {
    text += '|';
    for (const Slice part : {difference.commands, difference.example, difference.oneRedis, difference.slotway}) {
      text += quoted(part);
    }
    text.append(" ").append(difference.reason) += " |\n";
  }
  return text;
}

std::string keyspacePart(const std::vector<const Command*>& rows) {
  std::string text =
      "\n## With `keyspace.hash_tag`\n\n"
      "On a listener with this setting all keys share a slot, so nothing above that is said of several slots applies.\n"
      "Where keys stand in requests, replies, errors and events of keys they have the names that the client gave them; MONITOR\n"
      "and SLOWLOG show the nodes' names. Channels are everybody's. A command that was learned from the cluster is refused\n"
      "unless its key specifications show all its keys. While the slot moves, a script that names keys which it was not given\n"
      "may meet one that is at the other node, and ends with that node's error.\n\n"
      "| Command | What differs there from one Redis |\n"
      "| --- | --- |\n";
  for (const Command* command : rows) {
    const std::string note = command->lane == Lane::Refuse ? "" : noteInKeyspace(*command);
    if (!note.empty()) text += "| " + spelled(*command) + " | " + note + " |\n";
  }
  return text;
}

std::string preface() {
  std::string text =
      "# Commands\n\n"
      "Generated from the command table: what Redis ";
  text.append(facts::serverVersion());
  return text +
         " says of its commands,\n"
         "joined with what Slotway decides (`command/decisions.cc`). Commands that the cluster knows beyond these are\n"
         "learned from it at start and travel by their own key specifications and policies. A command without a note\n"
         "behaves as on one Redis.\n\n"
         "* **by key**: to the master that owns its keys' slot; keys in several slots are refused with `CROSSSLOT`.\n"
         "* **split**: one sub-command per slot; partial failure is an error that counts and names it.\n"
         "* **fan out**: to all masters, or to all nodes, replicas as best effort.\n"
         "* **step by step**: several rounds of questions to the masters, one answer.\n"
         "* **any master**: it has no key, and any answer will do. Scripts without keys always use the same one.\n"
         "* **local**: answered by the proxy.\n"
         "* **refused**: it cannot work, or not yet; the client reads the line that is shown.\n\n"
         "While a node is busy with a script, commands that reach it `timeouts.busy_after` after its last answer, or later,\n"
         "get its own `BUSY`, over a fresh connection. Of those that were sent before, and wait behind the script, reads get\n"
         "it too; writes and transactions wait for their outcome, where one Redis would have refused them: they cannot be taken\n"
         "back, and will run when the script ends.\n\n"
         "| Command | Lane | What differs from one Redis |\n"
         "| --- | --- | --- |\n";
}

}  // namespace

std::string commandsPage(const CommandTable& table) {
  std::vector<const Command*> rows;
  for (const Command& command : table.commands()) {
    // A container alone does nothing; its subcommands are listed.
    if (!command.container || command.lane != Lane::Refuse) rows.push_back(&command);
  }
  std::ranges::sort(rows, {}, &Command::name);
  std::string page = preface();
  for (const Command* command : rows) page += row(*command);
  return page + differencesPart() + keyspacePart(rows);
}

}  // namespace slotway
