#include "keyspace/renamed_request.h"

#include <doctest/doctest.h>

#include <string>

#include "command/args.h"
#include "command/command_table.h"
#include "resp/request_parser.h"

namespace slotway {
namespace {

std::string joined(std::span<const Slice> args) {
  std::string text;
  for (const Slice arg : args) text += (text.empty() ? "" : " ") + std::string(arg);
  return text;
}

/// With T: for the tag; what it is refused with instead.
std::string renamed(const std::string& line) {
  const Keyspace keyspace("T");
  const test::Args args(line);
  const Command* const command = CommandTable::builtin()->find(args.slices());
  REQUIRE(command != nullptr);
  RenamedRequest request;
  if (const auto trouble = request.take(keyspace, *command, args.request())) return *trouble;
  const Request result = request.request();
  CHECK(joined(argsOf(result.wire)) == joined(result.args));
  return joined(result.args);
}

}  // namespace

TEST_CASE("renamed request: keys, and nothing but keys") {
  CHECK(renamed("PING hello") == "PING hello");
  CHECK(renamed("get a") == "get {T}:a");
  CHECK(renamed("MSET a 1 b 2") == "MSET {T}:a 1 {T}:b 2");
  CHECK(renamed("ZUNIONSTORE d 2 a b WEIGHTS 1 2") == "ZUNIONSTORE {T}:d 2 {T}:a {T}:b WEIGHTS 1 2");
  CHECK(renamed("XREAD COUNT 1 STREAMS a b 0 0") == "XREAD COUNT 1 STREAMS {T}:a {T}:b 0 0");
  CHECK(renamed("XREADGROUP GROUP g c STREAMS a >") == "XREADGROUP GROUP g c STREAMS {T}:a >");
  CHECK(renamed("BLPOP a b 0") == "BLPOP {T}:a {T}:b 0");
  CHECK(renamed("EVAL body 2 a b c") == "EVAL body 2 {T}:a {T}:b c");
  CHECK(renamed("OBJECT ENCODING a") == "OBJECT ENCODING {T}:a");
  CHECK(renamed("GEORADIUS a 1 1 1 m STORE b STOREDIST c") == "GEORADIUS {T}:a 1 1 1 m STORE {T}:b STOREDIST {T}:c");
  CHECK(renamed("WATCH a b") == "WATCH {T}:a {T}:b");
  CHECK(renamed("PUBLISH a b") == "PUBLISH a b");
  CHECK(renamed("KEYS a*") == "KEYS a*");
}

TEST_CASE("renamed request: a shard channel is no key") {
  CHECK(renamed("SPUBLISH a b") == "SPUBLISH a b");
  CHECK(renamed("SSUBSCRIBE a") == "SSUBSCRIBE a");
}

TEST_CASE("renamed request: patterns of SORT are patterns of keys") {
  CHECK(renamed("SORT a BY w_* GET # GET o_*->f LIMIT get by STORE d") ==
        "SORT {T}:a BY {T}:w_* GET # GET {T}:o_*->f LIMIT get by STORE {T}:d");
  CHECK(renamed("SORT a BY nosort GET") == "SORT {T}:a BY nosort GET");
}

TEST_CASE("renamed request: what the nodes will refuse goes to them") {
  CHECK(renamed("EVAL body many a") == "EVAL body many a");
  CHECK(renamed("LMPOP 5 a LEFT") == "LMPOP 5 a LEFT");
}

TEST_CASE("renamed request: what shows or changes what is others' is refused") {
  CHECK(renamed("FCALL f 1 a").starts_with("ERR FCALL is not supported with keyspace.hash_tag: "));
  CHECK(renamed("CLUSTER GETKEYSINSLOT 1 1").starts_with("ERR CLUSTER GETKEYSINSLOT is not supported"));
}

TEST_CASE("renamed request: another text in an argument's place") {
  const Keyspace keyspace("T");
  const test::Args args("EVAL body 1 a");
  RenamedRequest request;
  REQUIRE_FALSE(request.take(keyspace, *CommandTable::builtin()->named("eval"), args.request()));
  request.replace(1, "other");
  CHECK(joined(request.request().args) == "EVAL other 1 {T}:a");
}

TEST_CASE("renamed request: a large one is handed over as it lies") {
  const Keyspace keyspace("T");
  const std::string value(100'000, 'x');
  const std::vector<Slice> args{"SET", "a", value};
  RenamedRequest renaming;
  REQUIRE_FALSE(renaming.take(keyspace, *CommandTable::builtin()->named("set"), {"", args, nullptr}));
  const Request request = renaming.request();
  REQUIRE(request.storage != nullptr);
  const Bytes taken = std::move(*request.storage);
  CHECK(request.args[1] == "{T}:a");
  CHECK(request.args[2] == value);
  REQUIRE_FALSE(renaming.take(keyspace, *CommandTable::builtin()->named("get"), {"", std::span(args).first(2), nullptr}));
  CHECK(renaming.request().storage == nullptr);
}

}  // namespace slotway
