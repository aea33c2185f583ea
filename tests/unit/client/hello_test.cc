#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kTooOld = "-NOPROTO the nodes behind this proxy do not speak RESP3; Redis 6 and later do";

// A house before one node that has all slots.
struct Stand {
  Stand() { house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383)); }

  House house;
  ScriptedNode a{house.stage, "a"};
};

void expectGreeting(Peer& peer, resp::Version version, uint64_t id) {
  Bytes expected;
  resp::mapHeader(expected, 7, version);
  for (const Slice word : {"server", "redis", "version", "7.0.15", "proto"}) resp::bulk(expected, word);
  resp::integer(expected, static_cast<int64_t>(version));
  resp::bulk(expected, "id");
  resp::integer(expected, static_cast<int64_t>(id));
  for (const Slice word : {"mode", "standalone", "role", "master", "modules"}) resp::bulk(expected, word);
  resp::arrayHeader(expected, 0);
  peer.expect(expected.slice());
}

}  // namespace

TEST_CASE("HELLO: switches to RESP3 and back, and keeps the version when none is named") {
  using enum resp::Version;
  Stand stand;
  Peer& peer = stand.house.seat();
  const std::pair<const char*, resp::Version> steps[] = {{"HELLO", Resp2},   {"HELLO 2", Resp2}, {"HELLO 3", Resp3},
                                                         {"HELLO", Resp3},   {"hello 3", Resp3}, {"HELLO 2", Resp2},
                                                         {"HELLO 3", Resp3}};
  for (const auto& [request, version] : steps) {
    CAPTURE(request);
    peer.ask(request);
    expectGreeting(peer, version, 1);
  }
  peer.ask("CLIENT GETNAME");
  peer.expectLine("_");
  peer.ask("RESET");
  peer.expectLine("+RESET");
  peer.ask("CLIENT GETNAME");
  peer.expectLine("$-1");
}

TEST_CASE("HELLO: options and errors as on Redis; what stood before the error has taken effect, the version has not") {
  struct Row {
    const char* request;
    const char* error;
    const char* name;  ///< afterwards
  };
  const Row rows[] = {
      {"HELLO 4", "-NOPROTO unsupported protocol version", "$-1"},
      {"HELLO 1", "-NOPROTO unsupported protocol version", "$-1"},
      {"HELLO 9 FOO", "-NOPROTO unsupported protocol version", "$-1"},
      {"HELLO x", "-ERR Protocol version is not an integer or out of range", "$-1"},
      {"HELLO AUTH a b", "-ERR Protocol version is not an integer or out of range", "$-1"},
      {"HELLO 3.0", "-ERR Protocol version is not an integer or out of range", "$-1"},
      {"HELLO 99999999999999999999", "-ERR Protocol version is not an integer or out of range", "$-1"},
      {"HELLO 3 FOO", "-ERR Syntax error in HELLO option 'FOO'", "$-1"},
      {"HELLO 3 SETNAME", "-ERR Syntax error in HELLO option 'SETNAME'", "$-1"},
      {"HELLO 3 AUTH a", "-ERR Syntax error in HELLO option 'AUTH'", "$-1"},
      {"HELLO 3 AUTH a b", "-WRONGPASS invalid username-password pair or user is disabled.", "$-1"},
      {"HELLO 3 SETNAME a\tb", "-ERR Client names cannot contain spaces, newlines or special characters.", "$-1"},
      {"HELLO 3 SETNAME a SETNAME b foo", "-ERR Syntax error in HELLO option 'foo'", "$1\r\nb"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.request);
    Stand stand;
    Peer& peer = stand.house.seat();
    peer.ask(row.request);
    peer.expectLine(row.error);
    peer.ask("CLIENT GETNAME");
    peer.expectLine(row.name);
  }
}

TEST_CASE("HELLO: with a password") {
  Stand stand;
  stand.house.settings.clientPassword = "secret";
  Peer& peer = stand.house.seat();
  peer.ask("HELLO 3");
  peer.expectLine(
      "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can "
      "be used to authenticate the client and select the RESP protocol version at the same time");
  peer.ask("HELLO 3 AUTH default wrong");
  peer.expectLine("-WRONGPASS invalid username-password pair or user is disabled.");
  peer.ask("HELLO 3 AUTH default secret FOO");
  peer.expectLine("-ERR Syntax error in HELLO option 'FOO'");
  peer.ask("CLIENT GETNAME");
  peer.expectLine("$-1");  // it is logged in
  peer.ask("HELLO 3 AUTH default secret SETNAME me");
  expectGreeting(peer, resp::Version::Resp3, 1);
  peer.ask("CLIENT GETNAME");
  peer.expect(bulk("me"));
}

TEST_CASE("HELLO 3: refused at once where the nodes are too old, and while nobody knows them") {
  House house;
  ScriptedNode a(house.stage, "a");
  Peer& peer = house.seat();
  peer.ask("HELLO 3");
  peer.expectBegin("-CLUSTERDOWN the cluster behind this proxy has not been reached yet");
  peer.ask("HELLO 2");
  expectGreeting(peer, resp::Version::Resp2, 1);
  house.serverVersion = "5.0.14";
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  peer.ask("HELLO 3");
  peer.expectLine(kTooOld);
  peer.ask("CLIENT GETNAME");
  peer.expectLine("$-1");
  house.serverVersion = "6.0.16";
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  peer.ask("HELLO 3");
  peer.expectBegin("%7");
}

TEST_CASE("HELLO 3: a node that is too old after all says so to whoever needs it") {
  Stand stand;
  stand.a.helloReply = "-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n";
  Peer& peer = stand.house.seat();
  peer.ask("HELLO 3");
  expectGreeting(peer, resp::Version::Resp3, 1);
  peer.ask("GET k");
  peer.expectBegin("-NOPROTO the node does not speak RESP3");
  CHECK(stand.house.failures(Failure::NoResp3) == 1);
}

TEST_CASE("RESP3: clients that speak it are served over links of their own, which open when needed") {
  Stand stand;
  Peer& old = stand.house.seat();
  Peer& modern = stand.house.seat();
  modern.ask("HELLO 3");
  expectGreeting(modern, resp::Version::Resp3, 2);
  old.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say("$-1\r\n");
  old.expectLine("$-1");
  CHECK(stand.a.connections() == 1);
  modern.ask("HGETALL k");
  stand.a.expect("HGETALL k");
  stand.a.say("%1\r\n$1\r\na\r\n,1.5\r\n");
  modern.expect("%1\r\n$1\r\na\r\n,1.5\r\n");
  CHECK(stand.a.connections() == 2);
  modern.ask("MGET k l");
  stand.a.expect("MGET k");
  stand.a.expect("MGET l");
  stand.a.say("*1\r\n_\r\n*1\r\n$1\r\nL\r\n");
  modern.expect("*2\r\n_\r\n$1\r\nL\r\n");
  modern.ask("HELLO 2");
  expectGreeting(modern, resp::Version::Resp2, 2);
  modern.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say("$-1\r\n");
  modern.expectLine("$-1");
  CHECK(stand.a.connections() == 2);
}

TEST_CASE("RESP3: a large reply of a type of its own passes while it arrives") {
  Stand stand;
  Peer& peer = stand.house.seat();
  peer.ask("HELLO 3");
  expectGreeting(peer, resp::Version::Resp3, 1);
  peer.ask("HGETALL k");
  stand.a.expect("HGETALL k");
  const std::string large(200'000, 'x');
  stand.a.say("%2\r\n$1\r\na\r\n" + bulk(large));
  peer.expect("%2\r\n$1\r\na\r\n" + bulk(large));
  stand.a.say("$1\r\nb\r\n_\r\n");
  peer.expect("$1\r\nb\r\n_\r\n");
}

TEST_CASE("HELLO: in the middle of a pipeline it waits until all before it are answered, and all behind it wait for it") {
  Stand stand;
  Peer& peer = stand.house.seat();
  for (const char* request : {"GET k", "PING", "HELLO 3", "GET k", "GET l", "RESET", "GET k", "PING"}) peer.ask(request);
  stand.a.expect("GET k");
  stand.a.expectQuiet();
  CHECK(stand.a.connections() == 1);
  stand.a.say("$-1\r\n");
  peer.expect("$-1\r\n+PONG\r\n");
  expectGreeting(peer, resp::Version::Resp3, 1);
  stand.a.expect("GET k");
  stand.a.expect("GET l");
  stand.a.expectQuiet();
  CHECK(stand.a.connections() == 2);
  stand.a.say("_\r\n_\r\n");
  peer.expect("_\r\n_\r\n+RESET\r\n");
  stand.a.expect("GET k");
  stand.a.expectQuiet();
  CHECK(stand.a.connections() == 2);
  stand.a.say("$-1\r\n");
  peer.expect("$-1\r\n+PONG\r\n");
  peer.expectQuiet();
}

TEST_CASE("HELLO: one that waited answers its errors in turn, too, and fails with those before it") {
  Stand stand;
  Peer& peer = stand.house.seat();
  for (const char* request : {"GET k", "HELLO 4", "PING"}) peer.ask(request);
  stand.a.expect("GET k");
  stand.a.say("$-1\r\n");
  peer.expect("$-1\r\n-NOPROTO unsupported protocol version\r\n+PONG\r\n");
  for (const char* request : {"SET k v", "HELLO 3", "PING"}) peer.ask(request);
  stand.a.expect("SET k v");
  stand.house.passDeadlines();
  peer.expectBegin("-ERR no answer from upstream before the request deadline");
  peer.expectBegin("-ERR upstream not available before the request deadline");
  peer.expectLine("+PONG");
  peer.ask("CLIENT GETNAME");
  peer.expectLine("$-1");
}

TEST_CASE("HELLO: a client that leaves while it waits") {
  Stand stand;
  Peer& peer = stand.house.seat();
  for (const char* request : {"GET k", "HELLO 3", "PING"}) peer.ask(request);
  stand.a.expect("GET k");
  peer.socket.close();
  stand.house.stage.pass();
  stand.a.say("$-1\r\n");
  CHECK(stand.house.stage.until([&] { return stand.house.clientsLeft() == 0; }));
}
