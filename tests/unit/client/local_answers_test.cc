#include "client/local_answers.h"

#include <algorithm>

#include "client/subscription_answers.h"
#include "command/args.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Step {
  const char* request;
  const char* answer;  ///< without its line end; empty: none
};

// Asks and expects, one after the other, on one connection.
void play(House& house, std::initializer_list<Step> steps) {
  Peer& peer = house.seat();
  for (const Step& step : steps) {
    CAPTURE(step.request);
    peer.ask(step.request);
    if (*step.answer != '\0') peer.expectLine(step.answer);
  }
  peer.expectQuiet();
}

constexpr const char* kNoAuth = "-NOAUTH Authentication required.";

}  // namespace

TEST_CASE("local answers: there is one for every command that the table sends here") {
  for (const Command& command : CommandTable::builtin()->commands()) {
    if (command.lane != Lane::Local) continue;
    CAPTURE(command.name);
    CHECK(LocalAnswers::knows(command.name));
  }
  CHECK_FALSE(LocalAnswers::knows("get"));
}

TEST_CASE("local answers: those that may need the cluster are known, so that they wait for it at the start") {
  std::vector<std::string> requests = {"HELLO 3", "INFO", "CONFIG GET maxmemory", "CONFIG SET maxmemory 1",
                                       "CLIENT TRACKING ON", "CLUSTER KEYSLOT k"};
  for (const Command& command : CommandTable::builtin()->commands()) {
    if (command.lane != Lane::Local || SubscriptionAnswers::knows(command.name)) continue;
    std::string request = command.name;
    std::ranges::replace(request, '|', ' ');
    const auto words = 1 + std::ranges::count(request, ' ');
    for (auto given = words; given < std::abs(command.arity); ++given) request += " 1";
    requests.push_back(request);
  }
  for (const std::string& request : requests) {
    House house;
    Peer& peer = house.seat();
    peer.ask(request);
    for (int turn = 0; turn < 10 && peer.socket.in.empty(); ++turn) house.stage.turn();
    if (!peer.socket.in.starts_with("-CLUSTERDOWN")) continue;
    CAPTURE(request);
    CHECK(LocalAnswers::asksNodes(CommandTable::builtin()->find(Args(request).slices())->name));
  }
}

TEST_CASE("local answers: a browser that was sent here by some page is hung up on") {
  for (const char* request : {"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k 1\r\n", "GET / HTTP/1.1\r\nhost: here\r\nPING\r\n"}) {
    House house;
    ScriptedNode a(house.stage, "a");
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
    Peer& peer = house.seat();
    peer.send(request);
    REQUIRE(house.stage.until([&] { return peer.socket.ended(); }));
    CHECK(peer.socket.in.find("PONG") == std::string::npos);
    CHECK(house.failures(Failure::ClientProtocol) == 1);
    a.expectQuiet();
  }
}

TEST_CASE("local answers: as Redis gives them") {
  House house;
  play(house, {{"PING", "+PONG"},
               {"ping hello", "$5\r\nhello"},
               {"PING a b", "-ERR wrong number of arguments for 'ping' command"},
               {"ECHO x", "$1\r\nx"},
               {"SELECT 0", "+OK"},
               {"SELECT x", "-ERR value is not an integer or out of range"},
               {"CLIENT GETNAME", "$-1"},
               {"CLIENT SETNAME me", "+OK"},
               {"CLIENT GETNAME", "$2\r\nme"},
               {"CLIENT SETNAME ''", "+OK"},
               {"CLIENT GETNAME", "$-1"},
               {"CLIENT ID", ":1"},
               {"ACL WHOAMI", "$7\r\ndefault"},
               {"CLIENT NO-EVICT on", "+OK"},
               {"CLIENT NO-EVICT maybe", "-ERR syntax error"},
               {"CLIENT REPLY maybe", "-ERR syntax error"},
               {"CLIENT SETNAME me", "+OK"},
               {"RESET", "+RESET"},
               {"CLIENT GETNAME", "$-1"},
               {"HELLO 4", "-NOPROTO unsupported protocol version"},
               {"HELLO x", "-ERR Protocol version is not an integer or out of range"},
               {"AUTH x",
                "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
                "configuration is correct?"}});
}

TEST_CASE("local answers: CLIENT REPLY") {
  House house;
  play(house, {{"CLIENT REPLY SKIP", ""}, {"PING", ""}, {"PING", "+PONG"}, {"CLIENT REPLY OFF", ""},
               {"PING", ""}, {"NOSUCH", ""}, {"CLIENT REPLY SKIP", ""}, {"PING", ""}, {"CLIENT REPLY ON", "+OK"},
               {"PING", "+PONG"}, {"CLIENT REPLY SKIP", ""}, {"CLIENT REPLY ON", "+OK"}, {"PING", "+PONG"},
               {"CLIENT REPLY OFF", ""}, {"RESET", "+RESET"}, {"PING", "+PONG"}});
}

TEST_CASE("local answers: CLIENT REPLY holds back nodes' answers, large ones too, and keeps the order") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  for (const char* request : {"GET k", "CLIENT REPLY SKIP", "GET large", "GET l"}) peer.ask(request);
  for (const char* request : {"GET k", "GET large", "GET l"}) a.expect(request);
  const std::string large(300000, 'x');
  a.say(bulk("K") + bulk(large) + bulk("L"));
  peer.expect(bulk("K") + bulk("L"));
  peer.expectQuiet();
}

TEST_CASE("local answers: nothing without the password, everything with it") {
  House house;
  house.settings.clientPassword = "secret";
  play(house, {{"PING", kNoAuth},
               {"GET k", kNoAuth},
               {"CLIENT LIST", kNoAuth},
               {"COMMAND COUNT", kNoAuth},
               {"NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with: "},
               {"AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled."},
               {"AUTH secretsecret", "-WRONGPASS invalid username-password pair or user is disabled."},
               {"AUTH ''", "-WRONGPASS invalid username-password pair or user is disabled."},
               {"AUTH somebody secret", "-WRONGPASS invalid username-password pair or user is disabled."},
               {"AUTH a b c", "-ERR syntax error"},
               {"PING", kNoAuth},
               {"AUTH secret", "+OK"},
               {"PING", "+PONG"},
               {"AUTH wrong", "-WRONGPASS invalid username-password pair or user is disabled."},
               {"PING", "+PONG"},
               {"RESET", "+RESET"},
               {"PING", kNoAuth},
               {"AUTH default secret", "+OK"},
               {"PING", "+PONG"}});
  Peer& peer = house.seat();
  peer.ask("HELLO 2");
  peer.expectBegin("-NOAUTH HELLO must be called");
  peer.ask("HELLO 2 AUTH default secret SETNAME me");
  peer.expect("*14\r\n" + bulk("server") + bulk("redis"));
  REQUIRE(house.stage.until([&] { return peer.socket.in.ends_with(bulk("modules") + "*0\r\n"); }));
}

TEST_CASE("local answers: a pipeline of AUTH and commands, in one piece") {
  House house;
  house.settings.clientPassword = "secret";
  Peer& peer = house.seat();
  peer.send(wireOf("PING") + wireOf("AUTH secret") + wireOf("PING") + "ECHO " + std::string(20000, 'x') + "\r\n");
  peer.expectLine(kNoAuth);
  peer.expect("+OK\r\n+PONG\r\n" + bulk(std::string(20000, 'x')));
}

TEST_CASE("local answers: questions to all workers wait for their answer, in turn") {
  House house;
  Peer& peer = house.seat();
  peer.ask("CLIENT LIST");
  peer.ask("PING");
  peer.ask("CLIENT KILL ID 7");
  REQUIRE(house.stage.until([&] { return house.questions.size() == 2; }));
  CHECK(house.questions[0].kind == ClientQuestion::Kind::List);
  CHECK(house.questions[1].kind == ClientQuestion::Kind::Kill);
  house.client(0)->answerLater(house.questions[1].sequence, ":0\r\n");
  peer.expectQuiet();
  house.client(0)->answerLater(house.questions[0].sequence, bulk("list"));
  peer.expect(bulk("list") + "+PONG\r\n:0\r\n");
  house.client(0)->answerLater(house.questions[0].sequence, bulk("again"));
  peer.expectQuiet();
}
