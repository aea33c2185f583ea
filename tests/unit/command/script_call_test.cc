#include "command/script_call.h"

#include <doctest/doctest.h>

#include "command/command_table.h"

using namespace slotway;

TEST_CASE("script call: a call by name becomes one that brings the body") {
  struct Case {
    std::vector<Slice> call;
    Slice wire;
  };
  for (const Case& each : {
           Case{{"EVALSHA", "e0e1", "1", "k", "v"}, "*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n1\r\n$1\r\nk\r\n$1\r\nv\r\n"},
           Case{{"evalsha_ro", "e0e1", "0"}, "*3\r\n$7\r\neval_ro\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n"},
       }) {
    Bytes wire;
    writeWithBody(each.call, "return 1", wire);
    CHECK(wire.slice() == each.wire);
  }
}

TEST_CASE("script call: only the server's own words say that a node lacks something") {
  CHECK(lacksScript("-NOSCRIPT No matching script. Please use EVAL.\r\n"));
  CHECK_FALSE(lacksScript("-NOSCRIPT says the script\r\n"));
  CHECK_FALSE(lacksScript("$46\r\nNOSCRIPT No matching script. Please use EVAL.\r\n"));
  CHECK(lacksFunction("-ERR Function not found\r\n"));
  CHECK_FALSE(lacksFunction("-ERR Function not found in my table\r\n"));
}

TEST_CASE("script call: what a node says of a body that it does not keep") {
  for (const char* text :
       {"-ERR Error compiling script (new function): user_script:1: '=' expected near 'is'\r\n",
        "-ERR Unexpected flag in script shebang: bogus\r\n", "-ERR Unexpected engine in script shebang: py\r\n",
        "-ERR Unknown lua shebang option: x\r\n", "-ERR Invalid script shebang\r\n"}) {
    CHECK(isNoScript(text));
  }
  CHECK_FALSE(isNoScript("-ERR user_script:1: Script attempted to access nonexistent global variable 'x' script: e0e1\r\n"));
  CHECK_FALSE(isNoScript("+OK\r\n"));
}

TEST_CASE("script call: what will be forgotten, and what is an error") {
  const auto will = [](std::vector<Slice> args) { return willForget(args); };
  CHECK(will({"SCRIPT", "FLUSH"}));
  CHECK(will({"SCRIPT", "FLUSH", "Sync"}));
  CHECK(will({"SCRIPT", "FLUSH", "async"}));
  CHECK_FALSE(will({"SCRIPT", "FLUSH", "bogus"}));
  CHECK_FALSE(will({"SCRIPT", "FLUSH", "sync", "async"}));
}

TEST_CASE("script call: every command that names or brings a script has its role") {
  const auto table = CommandTable::builtin();
  for (const Command& command : table->commands()) {
    const bool runs = command.has(CommandFlag::MayRunScript);
    if (runs) CHECK_MESSAGE(command.script != ScriptRole::None, command.name);
  }
}
