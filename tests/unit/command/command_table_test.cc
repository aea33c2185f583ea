#include "command/command_table.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "command/args.h"
#include "command/decisions.h"
#include "resp/reply_reader.h"

using namespace slotway;

namespace {

const CommandTable& builtin() { return *CommandTable::builtin(); }

std::string nameFor(const CommandTable& table, const std::string& line) {
  const Command* command = table.find(test::Args(line).slices());
  return command == nullptr ? "" : command->name;
}

std::string refusalOf(const std::string& line) {
  const test::Args args(line);
  return builtin().refusal(args.slices(), builtin().find(args.slices()));
}

std::string answerTo(const CommandTable& table, const std::string& line) {
  Bytes out;
  table.answerCommand(test::Args(line).slices(), resp::Version::Resp2, out);
  return std::string(out.slice());
}

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

// One element of COMMAND's reply, as 7.0 sends it. `specs` and `subcommands` are whole arrays.
std::string fact(const std::string& name, int arity, const std::string& flags, const std::string& tips = "*0\r\n",
                 const std::string& specs = "*0\r\n", const std::string& subcommands = "*0\r\n") {
  return "*10\r\n" + bulk(name) + ":" + std::to_string(arity) + "\r\n" + flags + ":0\r\n:0\r\n:0\r\n*0\r\n" + tips + specs +
         subcommands;
}

const std::string kKeyAtOne =
    "*1\r\n*6\r\n$5\r\nflags\r\n*1\r\n+RW\r\n$12\r\nbegin_search\r\n*4\r\n$4\r\ntype\r\n$5\r\nindex\r\n$4\r\nspec\r\n"
    "*2\r\n$5\r\nindex\r\n:1\r\n$9\r\nfind_keys\r\n*4\r\n$4\r\ntype\r\n$5\r\nrange\r\n$4\r\nspec\r\n*6\r\n$7\r\nlastkey\r\n"
    ":0\r\n$7\r\nkeystep\r\n:1\r\n$5\r\nlimit\r\n:0\r\n";

const std::string kWrite = "*1\r\n+write\r\n";

std::string reply(const std::vector<std::string>& rows) {
  std::string text = "*" + std::to_string(rows.size()) + "\r\n";
  for (const std::string& row : rows) text += row;
  return text;
}

std::shared_ptr<const CommandTable> learned(const std::vector<std::string>& rows) {
  auto table = builtin().learn(reply(rows));
  REQUIRE(table.ok());
  return table.value();
}

}  // namespace

TEST_CASE("command table: finding, any case, containers by their second word") {
  struct Row {
    const char* line;
    const char* name;
  };
  const Row rows[] = {
      {"get", "get"},           {"GET k", "get"},        {"gEt k", "get"},           {"config get x", "config|get"},
      {"CONFIG GET x", "config|get"}, {"config", "config"}, {"config nope", ""},      {"config ''", ""},
      {"config|get x", ""},     {"nope", ""},            {"''", ""},                 {"getx", ""},
      {"command", "command"},   {"command docs", "command|docs"}, {"client setinfo a b", "client|setinfo"},
      {"client no-touch on", "client|no-touch"}, {"restore-asking k 0 x", "restore-asking"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    CHECK(nameFor(builtin(), row.line) == row.name);
  }
  CHECK(builtin().named("config|GET") == builtin().named("config|get"));
  CHECK(builtin().named("config|") == nullptr);
  CHECK(builtin().named("nope") == nullptr);
}

TEST_CASE("command table: every command is found by its own name and has a lane that says enough") {
  for (const Command& command : builtin().commands()) {
    CAPTURE(command.name);
    CHECK(builtin().named(command.name) == &command);
    CHECK(&builtin().commands()[command.index] == &command);
    const bool blocks = command.lane == Lane::Pinned || command.special == SpecialPlan::Acks;
    CHECK(blocks == (command.timeoutAt != TimeoutAt::Nowhere));
    CHECK((command.lane == Lane::Special) == (command.special != SpecialPlan::None));
    CHECK_FALSE((command.lane == Lane::ByKey && command.keySpecs.empty()));
    CHECK_FALSE((command.lane == Lane::AnyNode && !command.keySpecs.empty()));
    if (command.lane == Lane::Split) CHECK(command.merge != Merge::First);
    if (command.lane == Lane::FanOut) CHECK(command.merge != Merge::First);
    if (command.lane == Lane::Refuse) CHECK(command.reason.starts_with("ERR "));
    CHECK(command.reason.find('\n') == std::string::npos);
  }
}

TEST_CASE("command table: lanes and merges from tips and decisions") {
  struct Row {
    const char* name;
    Lane lane;
    Merge merge;
  };
  const Row rows[] = {
      {"get", Lane::ByKey, Merge::First},          {"mget", Lane::Split, Merge::KeyOrder},
      {"mset", Lane::Split, Merge::AllOk},         {"del", Lane::Split, Merge::Sum},
      {"unlink", Lane::Split, Merge::Sum},         {"exists", Lane::Split, Merge::Sum},
      {"touch", Lane::Split, Merge::Sum},          {"msetnx", Lane::ByKey, Merge::First},
      {"dbsize", Lane::FanOut, Merge::Sum},        {"keys", Lane::FanOut, Merge::Concat},
      {"flushall", Lane::FanOut, Merge::AllOk},    {"script|exists", Lane::FanOut, Merge::AllTrue},
      {"script|load", Lane::FanOut, Merge::AllOk}, {"script|kill", Lane::FanOut, Merge::AnyOk},
      {"config|set", Lane::Local, Merge::First},    {"config|get", Lane::Local, Merge::First},
      {"function|load", Lane::FanOut, Merge::AllOk}, {"slowlog|len", Lane::Local, Merge::First},
      {"lastsave", Lane::FanOut, Merge::Min},      {"ping", Lane::Local, Merge::First},
      {"publish", Lane::AnyNode, Merge::First},    {"spublish", Lane::ByKey, Merge::First},
      {"eval", Lane::ByKey, Merge::First},         {"xread", Lane::Pinned, Merge::First},
      {"blpop", Lane::Pinned, Merge::First},       {"cluster|nodes", Lane::Local, Merge::First},
      {"cluster|forget", Lane::Refuse, Merge::First}, {"client|pause", Lane::Local, Merge::First},
      {"object|freq", Lane::ByKey, Merge::First},  {"memory|usage", Lane::ByKey, Merge::First},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Command* command = builtin().named(row.name);
    REQUIRE(command != nullptr);
    CHECK(command->lane == row.lane);
    CHECK(command->merge == row.merge);
  }
  CHECK(builtin().named("script|load")->reach == Reach::AllNodes);
  CHECK(builtin().named("flushall")->reach == Reach::Masters);
}

TEST_CASE("command table: flags are facts") {
  CHECK(builtin().named("get")->has(CommandFlag::ReadOnly));
  CHECK(builtin().named("set")->has(CommandFlag::Write));
  CHECK(builtin().named("auth")->has(CommandFlag::NoAuth));
  std::set<std::string> scripts;
  for (const Command& command : builtin().commands()) {
    if (command.has(CommandFlag::MayRunScript)) scripts.insert(command.name);
  }
  CHECK(scripts == std::set<std::string>{"eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro"});
}

TEST_CASE("command table: only what reads is repeatable, and of what was learned only what says so") {
  const auto table = learned({fact("x.get", 2, "*1\r\n+readonly\r\n", "*0\r\n", kKeyAtOne),
                              fact("x.start", 2, "*0\r\n", "*0\r\n", kKeyAtOne)});
  for (const char* name : {"get", "eval_ro", "info", "role", "config|get", "script|exists", "pubsub|numsub", "client|help",
                           "function|stats", "watch", "x.get"}) {
    CAPTURE(name);
    CHECK(table->named(name)->has(CommandFlag::Repeatable));
  }
  for (const char* name : {"set", "eval", "exec", "publish", "config|set", "config|resetstat", "script|load", "script|flush",
                           "script|kill", "function|kill", "bgsave", "memory|purge", "wait", "x.start"}) {
    CAPTURE(name);
    CHECK_FALSE(table->named(name)->has(CommandFlag::Repeatable));
  }
}

TEST_CASE("command table: refusals in Redis's words") {
  CHECK(refusalOf("get k").empty());
  CHECK(refusalOf("nope") == "ERR unknown command 'nope', with args beginning with: ");
  CHECK(refusalOf("nope a b") == "ERR unknown command 'nope', with args beginning with: 'a' 'b' ");
  CHECK(refusalOf("config nope") == "ERR unknown subcommand 'nope'. Try CONFIG HELP.");
  CHECK(refusalOf("GET") == "ERR wrong number of arguments for 'get' command");
  CHECK(refusalOf("config get") == "ERR wrong number of arguments for 'config|get' command");
  const std::string longWord(300, 'x');
  CHECK(refusalOf(longWord + " " + longWord + " y") == "ERR unknown command '" + longWord.substr(0, 128) +
                                                           "', with args beginning with: '" + longWord.substr(0, 128) + "' ");
}

TEST_CASE("command table: learning nothing new gives the same table") {
  CHECK(learned({}) == CommandTable::builtin());
  CHECK(learned({fact("get", 5, kWrite)}) == CommandTable::builtin());
  auto again = builtin().learn(answerTo(builtin(), "command"));
  REQUIRE(again.ok());
  CHECK(again.value() == CommandTable::builtin());
}

TEST_CASE("command table: learned commands are appended and travel by their own facts") {
  const auto table = learned({
      fact("JSON.SET", -4, kWrite, "*0\r\n", kKeyAtOne),
      fact("x.sum", 1, "*0\r\n", "*2\r\n+request_policy:all_shards\r\n+response_policy:agg_sum\r\n"),
      fact("x.odd", 1, "*0\r\n", "*2\r\n+request_policy:all_shards\r\n+response_policy:special\r\n"),
      fact("x.wait", -2, "*1\r\n+blocking\r\n", "*0\r\n", kKeyAtOne),
      fact("x.admin", 1, "*2\r\n+admin\r\n+noscript\r\n"),
      fact("x", -2, "*0\r\n", "*0\r\n", "*0\r\n", "*1\r\n" + fact("x|sub", 3, kWrite, "*0\r\n")),
      fact("cluster", -2, "*0\r\n", "*0\r\n", "*0\r\n", "*1\r\n" + fact("cluster|new", 2, "*0\r\n")),
      "*6\r\n" + bulk("old") + ":3\r\n*1\r\n+readonly\r\n:1\r\n:-1\r\n:2\r\n",
  });
  for (const Command& command : builtin().commands()) CHECK(table->commands()[command.index].name == command.name);
  CHECK(nameFor(*table, "json.set k $ 1") == "json.set");
  CHECK(table->named("json.set")->lane == Lane::ByKey);
  CHECK(table->named("json.set")->onlyKey == 1);
  CHECK(table->named("json.set")->has(CommandFlag::Write));
  CHECK(table->named("json.set")->learned);
  CHECK(table->named("x.sum")->lane == Lane::FanOut);
  CHECK(table->named("x.sum")->merge == Merge::Sum);
  for (const char* refused : {"x.odd", "x.admin", "cluster|new"}) {
    CAPTURE(refused);
    CHECK(table->named(refused)->lane == Lane::Refuse);
    CHECK(table->named(refused)->reason.starts_with("ERR "));
  }
  CHECK(table->named("x.wait")->lane == Lane::Pinned);
  CHECK(nameFor(*table, "x SUB y") == "x|sub");
  CHECK(nameFor(*table, "x nope y") == "");
  CHECK(answerTo(*table, "command info JSON.SET") == "*1\r\n" + fact("JSON.SET", -4, kWrite, "*0\r\n", kKeyAtOne));
  CHECK(answerTo(*table, "command getkeys old a 1") == "*1\r\n$1\r\na\r\n");
  CHECK(answerTo(*table, "command getkeysandflags old a 1") == "*1\r\n*2\r\n$1\r\na\r\n*0\r\n");

  // Learning goes on from there, and what was learned stays where it is.
  auto more = table->learn(reply({fact("bf.add", 3, kWrite, "*0\r\n", kKeyAtOne)}));
  REQUIRE(more.ok());
  CHECK(more.value()->named("json.set")->index == table->named("json.set")->index);
  CHECK(more.value()->named("bf.add")->index == table->commands().size());
}

TEST_CASE("command table: what cannot be read is an error, odd rows are passed over") {
  for (const char* bad : {"", "+OK\r\n", "-ERR no\r\n", "*2\r\n*0\r\n", "*1\r\n*10\r\n$3\r\n", "*-1\r\n", "*9999999999\r\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(builtin().learn(bad).ok());
  }
  const auto table = learned({"*-1\r\n", ":1\r\n", "*0\r\n", fact("", 1, kWrite), fact("zero", 0, kWrite), fact("b|d", 1, kWrite),
                              fact("line\nbreak", 1, kWrite), fact("good", 1, kWrite),
                              fact("p", -2, kWrite, "*0\r\n", "*0\r\n", "*1\r\n" + fact("q|r", 1, kWrite))});
  CHECK(table->named("good") != nullptr);
  CHECK(table->named("p") != nullptr);
  CHECK(table->commands().size() == builtin().commands().size() + 2);
}

TEST_CASE("command table: a cut or garbled reply never does harm") {
  const std::string whole = answerTo(builtin(), "command info sort config migrate xread");
  for (size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(builtin().learn(Slice(whole).substr(0, size)).ok());
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string garbled = whole;
    garbled[at] = static_cast<char>(garbled[at] ^ 0x15);
    const auto table = builtin().learn(garbled);
    if (table.ok()) CHECK(table.value()->commands().size() >= builtin().commands().size());
  }
}

TEST_CASE("command table: it grows up to its limit only") {
  std::vector<std::string> rows;
  for (size_t row = 0; row < CommandTable::kMaxCommands + 10; ++row) rows.push_back(fact("m" + std::to_string(row), 1, kWrite));
  const auto table = learned(rows);
  CHECK(table->commands().size() == CommandTable::kMaxCommands);
  CHECK(table->named("m0") != nullptr);
}

TEST_CASE("command table: answers to COMMAND are whole frames") {
  for (const char* line : {"command", "command count", "command docs", "command docs get nope", "command info", "command info x get",
                           "command list", "command list filterby pattern g*", "command help", "command getkeys get k"}) {
    CAPTURE(line);
    const std::string answer = answerTo(builtin(), line);
    resp::ReplyReader reader{Slice(answer)};
    CHECK(reader.skip().size() == answer.size());
    CHECK(answer.front() != '-');
  }
  CHECK(answerTo(builtin(), "command list filterby pattern mset*") == "*2\r\n$4\r\nmset\r\n$6\r\nmsetnx\r\n");
}
