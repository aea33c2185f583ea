#include "client/monitor_line.h"
#include "client/question.h"
#include "client/secrets.h"
#include "client/slow_log.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

std::string answerTo(ClientQuestion question, SlowLog& log) {
  WorkerAnswer answer;
  log.answer(question, answer);
  Bytes out;
  writeAnswer(question, std::move(answer), resp::Version::Resp2, out);
  return std::string(out.slice());
}

using Kind = ClientQuestion::Kind;

}  // namespace

TEST_CASE("monitor line: as Redis writes it") {
  struct Row {
    std::vector<Slice> args;
    const char* words;
  };
  const Row rows[] = {
      {{"set", "a b\"\\", "x\n\x01\xff\t\r"}, R"~("set" "a b\"\\" "x\n\x01\xff\t\r")~"},
      {{"AUTH", "foo"}, R"~("AUTH" "(redacted)")~"},
      {{"auth", "foo", "bar"}, R"~("auth" "(redacted)" "(redacted)")~"},
      {{"hello", "3", "Auth", "auth", "x", "setname", "y"},
       R"~("hello" "3" "Auth" "(redacted)" "(redacted)" "setname" "y")~"},
      {{"set", "auth", "x"}, R"~("set" "auth" "x")~"},
      {{"get", ""}, R"~("get" "")~"},
      {{"config", "Set", "hz", "10", "RequirePass", "x", "masterauth", "y"},
       R"~("config" "Set" "hz" "10" "RequirePass" "(redacted)" "masterauth" "(redacted)")~"},
  };
  for (const Row& row : rows) {
    const Command* const command = CommandTable::builtin()->find(row.args);
    CHECK(monitorLine(1339518083000042, "1.2.3.4:5", withoutSecrets(*command, row.args)) ==
          std::string("+1339518083.000042 [0 1.2.3.4:5] ") + row.words + "\r\n");
  }
}

TEST_CASE("slow log: the latest first, bounded, with ids of its own") {
  SlowLog log(1, 2, 3);
  for (uint64_t n = 0; n < 5; ++n) log.add({.atUs = n * 1000000, .tookUs = 7000, .upstreamUs = 6000, .args = {"get", std::to_string(n)}, .client = "c", .clientName = "me", .nodes = {"n:1", "n:2"}});
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 1}, log) ==
        "*1\r\n*8\r\n:9\r\n:4\r\n:7000\r\n*2\r\n$3\r\nget\r\n$1\r\n4\r\n$1\r\nc\r\n$2\r\nme\r\n$7\r\nn:1,n:2\r\n:6000\r\n");
  CHECK(answerTo({.kind = Kind::SlowLength, .number = 128}, log) == ":3\r\n");
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 128}, log).starts_with("*3\r\n"));
  CHECK(answerTo({.kind = Kind::SlowReset}, log) == "+OK\r\n");
  CHECK(answerTo({.kind = Kind::SlowLength, .number = 128}, log) == ":0\r\n");
}

TEST_CASE("slow log: latency by event") {
  SlowLog log(0, 1, 128);
  log.add({.atUs = 1000000, .tookUs = 70000, .upstreamUs = 60000, .args = {"get"}, .client = "", .clientName = "", .nodes = {"n:1"}});
  log.add({.atUs = 2000000, .tookUs = 30000, .upstreamUs = 20000, .args = {"get"}, .client = "", .clientName = "", .nodes = {"n:1"}});
  CHECK(answerTo({.kind = Kind::LatencyLatest}, log) ==
        "*2\r\n*4\r\n$7\r\ncommand\r\n:2\r\n:30\r\n:70\r\n*4\r\n$8\r\nnode:n:1\r\n:2\r\n:20\r\n:60\r\n");
  CHECK(answerTo({.kind = Kind::LatencyHistory, .words = {"node:n:1"}}, log) == "*2\r\n*2\r\n:1\r\n:60\r\n*2\r\n:2\r\n:20\r\n");
  CHECK(answerTo({.kind = Kind::LatencyReset, .words = {"command", "nosuch"}}, log) == ":1\r\n");
  CHECK(answerTo({.kind = Kind::LatencyHistory, .words = {"command"}}, log) == "*0\r\n");
  CHECK(answerTo({.kind = Kind::LatencyReset}, log) == ":1\r\n");
  CHECK(answerTo({.kind = Kind::LatencyLatest}, log) == "*0\r\n");
}

TEST_CASE("slow log: a request says what it was, where it went and for how long") {
  House house;
  ScriptedNode a(house.stage, "a");
  ScriptedNode b(house.stage, "b");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  Peer& peer = house.seat();
  peer.ask("GET k");
  a.expect("GET k");
  a.say("$-1\r\n");
  peer.expectLine("$-1");
  CHECK(answerTo({.kind = Kind::SlowLength, .number = 128}, house.slow) == ":0\r\n");

  house.router().setSlowUs(0);
  peer.ask("MGET foo " + std::string(200, 'k'));  // slots 12182 and another
  const bool bHasBoth = hashSlot(std::string(200, 'k')) >= 10000;
  b.expect(bHasBoth ? "MGET foo" : "MGET foo");
  b.say("*1\r\n$1\r\n1\r\n");
  ScriptedNode& second = bHasBoth ? b : a;
  second.expect("MGET " + std::string(200, 'k'));
  second.say("*1\r\n$1\r\n2\r\n");
  peer.expect("*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  const std::string row = answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow);
  CHECK(row.find("$4\r\nMGET\r\n") != std::string::npos);
  CHECK(row.find(std::string(128, 'k') + "... (72 more bytes)\r\n") != std::string::npos);
  CHECK(row.find(b.endpoint().text()) != std::string::npos);
  CHECK(row.find(a.endpoint().text()) == (bHasBoth ? std::string::npos : row.find(a.endpoint().text())));

  peer.ask("PING");
  peer.expectLine("+PONG");
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow).find("*1\r\n$4\r\nPING\r\n") != std::string::npos);
  peer.ask("CLIENT SETNAME me");
  peer.expectLine("+OK");
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow).find("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$2\r\nme") !=
        std::string::npos);
  house.settings.clientPassword = "pw";
  peer.ask("AUTH pw");
  peer.expectLine("+OK");
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow).find(bulk("AUTH") + bulk("(redacted)")) !=
        std::string::npos);
  peer.ask("GET too many");
  peer.expectBegin("-ERR wrong number");
  CHECK(answerTo({.kind = Kind::SlowLength, .number = 128}, house.slow) == ":4\r\n");

  for (const char* request : {"MULTI", "GET foo", "EXEC"}) peer.ask(request);
  for (const char* request : {"MULTI", "GET foo", "EXEC"}) b.expect(request);
  b.say("+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n");
  peer.expect("+OK\r\n+QUEUED\r\n*1\r\n$-1\r\n");
  CHECK(answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow).find("*4\r\n" + bulk("MULTI") + bulk("GET") + bulk("foo") + bulk("EXEC")) !=
        std::string::npos);
  // That the commands were queued is not worth a line.
  CHECK(answerTo({.kind = Kind::SlowLength, .number = 128}, house.slow) == ":6\r\n");
}

TEST_CASE("slow log: many arguments are counted") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  house.router().setSlowUs(0);
  Peer& peer = house.seat();
  std::string request = "SADD s";
  for (int n = 0; n < 40; ++n) request += " m";
  peer.ask(request);
  a.expect(request);
  a.say(":1\r\n");
  peer.expectLine(":1");
  const std::string row = answerTo({.kind = Kind::SlowGet, .number = 1}, house.slow);
  CHECK(row.find("*32\r\n$4\r\nSADD\r\n") != std::string::npos);
  CHECK(row.find("... (11 more arguments)\r\n") != std::string::npos);
}

TEST_CASE("monitor: shown are well-formed commands that are allowed, but no administration") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  peer.ask("PING");
  peer.expectLine("+PONG");
  CHECK(house.shown == "");
  peer.ask("MONITOR");
  REQUIRE(house.stage.until([&] { return house.questions.size() == 1; }));
  CHECK(house.questions[0].kind == Kind::MonitorBegins);
  house.client(0)->answerLater(house.questions[0].sequence, "+OK\r\n");
  peer.expectLine("+OK");
  peer.ask("MONITOR");
  house.scratch().monitored = true;
  for (const char* request : {"ECHO a", "NOSUCH", "GET", "CONFIG GET save"}) peer.ask(request);
  peer.expectLine("$1\r\na");
  CHECK(house.shown.ends_with("] \"ECHO\" \"a\"\r\n"));
  peer.expectBegin("-ERR unknown command");
  peer.expectBegin("-ERR wrong number");
  CHECK(house.shown.ends_with("] \"ECHO\" \"a\"\r\n"));
  house.client(0)->show("+line\r\n");
  peer.expectLine("+line");
  a.expect("CONFIG GET save");
  a.say("*0\r\n");
  peer.expectLine("*0");
  CHECK(house.client(0)->facts().flags == "O");
  peer.ask("RESET");
  peer.expectLine("+RESET");
  CHECK(house.monitorsEnded == 1);
}

TEST_CASE("monitor: nothing is shown before the answer to MONITOR, nor inside an answer") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  peer.ask("GET k");
  peer.ask("MONITOR");
  a.expect("GET k");
  house.client(0)->answerLater(house.questions.at(0).sequence, "+OK\r\n");
  house.client(0)->show("+early\r\n");
  peer.expectQuiet();
  a.say("$-1\r\n");
  peer.expect("$-1\r\n+OK\r\n+early\r\n");

  const std::string large(4 << 20, 'v');
  peer.ask("GET large");
  a.expect("GET large");
  a.say("$" + std::to_string(large.size()) + "\r\n" + large.substr(0, large.size() / 2));
  peer.expect("$" + std::to_string(large.size()) + "\r\n" + large.substr(0, 1000));
  house.client(0)->show("+inside\r\n");
  a.say(large.substr(large.size() / 2) + "\r\n");
  peer.expect(large.substr(1000) + "\r\n+inside\r\n");
}

TEST_CASE("monitor: RESET and HELLO while lines come") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  peer.ask("MONITOR");
  REQUIRE(house.stage.until([&] { return house.questions.size() == 1; }));
  house.client(0)->answerLater(house.questions[0].sequence, "+OK\r\n");
  peer.expectLine("+OK");
  for (const char* request : {"GET k", "HELLO 3", "GET k", "RESET"}) peer.ask(request);
  a.expect("GET k");
  for (int line = 0; line < 3; ++line) house.client(0)->show("+line\r\n");
  a.say("$-1\r\n");
  a.expect("GET k");
  a.say("_\r\n");
  peer.expect("+line\r\n+line\r\n+line\r\n$-1\r\n");
  peer.expectLine("%7");
  while (peer.expectBegin("") != "_") {
  }
  peer.expectLine("+RESET");
  house.client(0)->show("+late\r\n");
  peer.expectQuiet();
}

TEST_CASE("monitor: scripts and transactions are shown") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  house.scratch().monitored = true;
  peer.ask("EVAL x 0");
  a.expect("EVAL x 0");
  CHECK(house.shown.ends_with("] \"EVAL\" \"x\" \"0\"\r\n"));
  for (const char* request : {"MULTI", "SET k v", "EXEC"}) peer.ask(request);
  REQUIRE(house.stage.until([&] { return house.shown.ends_with("] \"EXEC\"\r\n"); }));
  CHECK(house.shown.find("] \"MULTI\"\r\n") < house.shown.find("] \"SET\" \"k\" \"v\"\r\n"));
}

TEST_CASE("pause: all wait, then go on in order") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  house.scratch().paused = Paused::All;
  peer.ask("PING");
  peer.ask("GET k");
  peer.expectQuiet();
  house.scratch().paused = Paused::Nobody;
  house.client(0)->wake();
  peer.expectLine("+PONG");
  a.expect("GET k");
  a.say("$-1\r\n");
  peer.expectLine("$-1");
}

TEST_CASE("pause: with WRITE the first write waits, and what is behind it") {
  for (const char* first : {"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na b\r\n", "SET k \"a b\"\r\n"}) {
    CAPTURE(first);
    House house;
    ScriptedNode a(house.stage, "a");
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
    Peer& peer = house.seat();
    house.scratch().paused = Paused::Writes;
    peer.send("ECHO 'not a write'\r\n");
    peer.expectLine("$11\r\nnot a write");
    peer.send(first);
    peer.ask("PING");
    peer.expectQuiet();
    a.expectQuiet();
    // Another look changes nothing.
    house.client(0)->wake();
    peer.expectQuiet();
    a.expectQuiet();
    house.scratch().paused = Paused::Nobody;
    house.client(0)->wake();
    a.expect("SET k a b");
    a.say("+OK\r\n");
    peer.expect("+OK\r\n+PONG\r\n");
  }
}

TEST_CASE("pause: what is asked of the workers, and what is refused") {
  House house;
  Peer& peer = house.seat();
  const std::pair<const char*, const char*> refusals[] = {
      {"CLIENT PAUSE x", "-ERR timeout is not an integer or out of range"},
      {"CLIENT PAUSE -1", "-ERR timeout is negative"},
      {"CLIENT PAUSE 10 foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL"},
      {"CLIENT PAUSE x foo", "-ERR CLIENT PAUSE mode must be WRITE or ALL"},
      {"CLIENT PAUSE 1 all x", "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP."},
      {"SLOWLOG GET x", "-ERR count should be greater than or equal to -1"},
      {"SLOWLOG GET -2", "-ERR count should be greater than or equal to -1"},
      {"CLIENT GETREDIR", ":-1"},
  };
  for (const auto& [request, answer] : refusals) {
    peer.ask(request);
    peer.expectLine(answer);
  }
  const uint64_t before = Loop::monotonicUs();
  for (const char* request : {"CLIENT PAUSE 1000", "CLIENT PAUSE 1000 write", "CLIENT UNPAUSE", "SLOWLOG GET -1"}) peer.ask(request);
  REQUIRE(house.stage.until([&] { return house.questions.size() == 4; }));
  CHECK(house.questions[0].kind == Kind::PauseAll);
  CHECK(static_cast<uint64_t>(house.questions[0].number) >= before + 1000000);
  CHECK(house.questions[1].kind == Kind::PauseWrites);
  CHECK(house.questions[2].kind == Kind::Unpause);
  CHECK(house.questions[3].number == 128);
}
