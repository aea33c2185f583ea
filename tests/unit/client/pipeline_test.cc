// What a client sees over its connection: order, pieces, protocol errors, the ways to end it.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Stand {
  Stand() : a(house.stage, "a") {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  }
  void answer(const std::string& request, Slice reply) {
    a.expect(request);
    a.say(reply);
  }
  bool everybodyGone() {
    return house.stage.until([&] { return house.clientsLeft() == 0; });
  }

  House house;
  ScriptedNode a;
};

/// Keys b and c live on one node, a and d on the other.
struct TwoNodes {
  TwoNodes() : low(house.stage, "low"), high(house.stage, "high") {
    house.know(SlotMapBuilder().master("low", low.endpoint(), 0, 9000).master("high", high.endpoint(), 9001, 16383));
  }

  /// A client whose pipeline of two has arrived at both.
  Peer& askBoth() {
    Peer& peer = house.seat();
    peer.send(wireOf("GET b") + wireOf("GET a"));
    low.expect("GET b");
    high.expect("GET a");
    return peer;
  }

  House house;
  ScriptedNode low, high;
};

}  // namespace

TEST_CASE("client: answers of its own and of nodes leave in the order of the requests") {
  Stand stand;
  Peer& peer = stand.house.seat();
  for (const char* request : {"PING", "GET k", "ECHO x", "NOSUCH y", "GET", "GET l", "PING last"}) peer.ask(request);
  peer.expect("+PONG\r\n");
  peer.expectQuiet();
  stand.a.expect("GET k");
  stand.a.expect("GET l");
  stand.a.say(bulk("K"));
  peer.expect(bulk("K") + bulk("x"));
  peer.expectLine("-ERR unknown command 'NOSUCH', with args beginning with: 'y' ");
  peer.expectLine("-ERR wrong number of arguments for 'get' command");
  peer.expectQuiet();
  stand.a.say(bulk("L"));
  peer.expect(bulk("L") + bulk("last"));
}

TEST_CASE("client: the answers of one pipeline leave together") {
  TwoNodes stand;
  stand.house.gatherMs = 1000 * Stage::kPatienceMs;
  Peer& peer = stand.askBoth();
  SUBCASE("while they are few bytes") {
    stand.low.say(bulk("B"));
    peer.expectQuiet();
    // Who was asked later is no part of it, and holds nothing up.
    peer.ask("GET d");
    stand.high.expect("GET d");
    stand.high.say(bulk("A"));
    peer.expect(bulk("B") + bulk("A"));
    stand.high.say(bulk("D"));
    peer.expect(bulk("D"));
  }
  SUBCASE("but many bytes leave at once") {
    const std::string large(20000, 'x');
    stand.low.say(bulk(large));
    peer.expect(bulk(large));
    stand.high.say(bulk("A"));
    peer.expect(bulk("A"));
  }
  SUBCASE("and one that passes while it arrives waits for nothing") {
    const std::string large = bulk(std::string(1000000, 'x'));
    const size_t most = large.size() - 2000;
    peer.socket.reading = false;
    stand.low.say(Slice(large).substr(0, most));
    stand.house.stage.pass();
    peer.socket.reading = true;
    stand.low.say(Slice(large).substr(most, 1000));
    peer.expect(Slice(large).substr(0, most + 1000));
    stand.low.say(Slice(large).substr(most + 1000));
    stand.high.say(bulk("A"));
    peer.expect(large.substr(most + 1000) + bulk("A"));
  }
  SUBCASE("and who asks no more gets what there is at once") {
    stand.low.say(bulk("B"));
    peer.expectQuiet();
    peer.socket.end();
    peer.expect(bulk("B"));
    stand.high.say(bulk("A"));
    peer.expect(bulk("A"));
    peer.expectEnd();
  }
}

TEST_CASE("client: with them those that the proxy gives by itself") {
  TwoNodes stand;
  stand.house.gatherMs = 1000 * Stage::kPatienceMs;
  Peer& peer = stand.house.seat();
  peer.send(wireOf("PING") + wireOf("GET d"));
  stand.high.expect("GET d");
  peer.expectQuiet();
  stand.high.say(bulk("D"));
  peer.expect("+PONG\r\n" + bulk("D"));
}

TEST_CASE("client: the first answers of a pipeline do not wait for long") {
  TwoNodes stand;
  Peer& peer = stand.askBoth();
  stand.low.say(bulk("B"));
  peer.expect(bulk("B"));
  stand.high.say(bulk("A"));
  peer.expect(bulk("A"));
}

TEST_CASE("client: one that goes while its answers gather is forgotten") {
  TwoNodes stand;
  stand.house.gatherMs = 1000 * Stage::kPatienceMs;
  Peer& peer = stand.askBoth();
  stand.low.say(bulk("B"));
  peer.expectQuiet();
  stand.house.client(0)->close();
  CHECK(stand.house.stage.until([&] { return stand.house.clientsLeft() == 0; }));
}

TEST_CASE("client: requests in pieces, cut at every byte, typed ones too") {
  const std::string requests = wireOf("GET k") + "\r\nPING \"a b\"\r\n*0\r\n" + wireOf("ECHO x");
  Stand stand;
  Peer& peer = stand.house.seat();
  for (size_t cut = 1; cut < requests.size(); ++cut) {
    CAPTURE(cut);
    peer.send(requests.substr(0, cut));
    stand.house.stage.turn();
    stand.house.stage.turn();
    peer.send(requests.substr(cut));
    stand.answer("GET k", bulk("v"));
    peer.expect(bulk("v") + bulk("a b") + bulk("x"));
  }
}

TEST_CASE("client: a huge request in pieces reaches its node whole") {
  Stand stand;
  Peer& peer = stand.house.seat();
  std::string value;
  for (int i = 0; value.size() < 5000000; ++i) value += std::to_string(i);
  const std::string wire = wireOf("SET k " + value);
  for (size_t at = 0; at < wire.size(); at += 333333) {
    peer.send(wire.substr(at, 333333));
    stand.house.stage.turn();
  }
  peer.ask("GET k");
  stand.answer("SET k " + value, kOk);
  stand.answer("GET k", bulk(value));
  peer.expect(std::string(kOk) + bulk(value));
}

TEST_CASE("client: a protocol error is answered in its turn and ends the connection") {
  struct Case {
    const char* bytes;
    const char* answer;
  };
  const Case cases[] = {
      {"*x\r\n", "-ERR Protocol error: invalid multibulk length"},
      {"*1\r\n+PING\r\n", "-ERR Protocol error: expected '$', got '+'"},
      {"PING \"\r\n", "-ERR Protocol error: unbalanced quotes in request"},
  };
  for (const Case& each : cases) {
    for (size_t cut = 0; cut < Slice(each.bytes).size(); ++cut) {
      CAPTURE(each.bytes);
      CAPTURE(cut);
      Stand stand;
      Peer& peer = stand.house.seat();
      peer.ask("GET k");
      peer.send(Slice(each.bytes).substr(0, cut));
      stand.a.expect("GET k");
      peer.send(Slice(each.bytes).substr(cut));
      peer.ask("PING");
      stand.house.stage.pass();
      stand.a.say(bulk("v"));
      peer.expect(bulk("v"));
      peer.expectLine(each.answer);
      peer.expectEnd();
      CHECK(stand.everybodyGone());
    }
  }
}

TEST_CASE("client: QUIT is answered behind what came before it, nothing behind it runs") {
  // At every cut, since bytes that wait in the client's buffer take another path.
  const std::string requests = wireOf("GET k") + wireOf("QUIT") + wireOf("SET k v");
  for (size_t cut = 1; cut < requests.size(); cut += 3) {
    CAPTURE(cut);
    Stand stand;
    Peer& peer = stand.house.seat();
    peer.send(requests.substr(0, cut));
    stand.house.stage.turn();
    stand.house.stage.turn();
    peer.send(requests.substr(cut));
    stand.answer("GET k", bulk("v"));
    peer.expect(bulk("v") + "+OK\r\n");
    peer.expectEnd();
    stand.a.expectQuiet();
    CHECK(stand.everybodyGone());
  }
}

TEST_CASE("client: one that stops sending is answered all it asked for") {
  Stand stand;
  Peer& peer = stand.house.seat();
  peer.ask("GET k");
  peer.ask("PING");
  peer.ask("GET l");
  peer.socket.end();
  stand.a.expect("GET k");
  stand.a.expect("GET l");
  stand.house.stage.pass();
  stand.a.say(bulk("K"));
  peer.expect(bulk("K") + "+PONG\r\n");
  stand.a.say(bulk("L"));
  peer.expect(bulk("L"));
  peer.expectEnd();
  CHECK(stand.everybodyGone());
}

TEST_CASE("client: one that stops sending in the middle of a request is let go") {
  Stand stand;
  Peer& peer = stand.house.seat();
  peer.send("*2\r\n$3\r\nGET\r\n$10\r\nhal");
  peer.socket.end();
  peer.expectEnd();
  CHECK(stand.everybodyGone());
}

TEST_CASE("client: one that only stops sending gets a large answer to its last byte, however slowly it reads") {
  Stand stand;
  Peer& peer = stand.house.seat();
  const std::string large(3000000, 'x');
  peer.ask("GET k");
  peer.socket.end();
  peer.socket.reading = false;
  stand.answer("GET k", bulk(large));
  stand.house.stage.pass();
  peer.socket.reading = true;
  peer.expect(bulk(large));
  peer.expectEnd();
  CHECK(stand.everybodyGone());
}

TEST_CASE("client: the end of a streamed answer is not cut off, wherever the socket was full") {
  // Answers of sizes around what the socket takes: the last piece may be what has to wait.
  for (size_t size = 100000; size < 500000; size += 7001) {
    CAPTURE(size);
    Stand stand;
    Peer& peer = stand.house.seat();
    peer.socket.reading = false;
    peer.ask("GET k");
    peer.socket.end();
    stand.answer("GET k", bulk(std::string(size, 'x')));
    for (int i = 0; i < 12; ++i) stand.house.stage.turn();
    peer.socket.reading = true;
    peer.expect(bulk(std::string(size, 'x')));
    peer.expectEnd();
  }
}

TEST_CASE("client: what is left of one that is gone is cleared away") {
  struct Case {
    const char* name;
    bool asks;
    bool slow;
  };
  for (const Case& each : {Case{"idle", false, false}, Case{"in flight", true, false}, Case{"not reading", true, true}}) {
    CAPTURE(each.name);
    Stand stand;
    Peer& peer = stand.house.seat();
    if (each.asks) {
      peer.ask("GET k");
      stand.a.expect("GET k");
    }
    if (each.slow) {
      peer.socket.reading = false;
      stand.a.say(bulk(std::string(4000000, 'x')));
      stand.house.stage.pass();
    }
    peer.socket.close();
    if (each.asks && !each.slow) stand.a.say(bulk("v"));
    CHECK(stand.everybodyGone());
  }
}

TEST_CASE("client: an idle one is let go, one that waits is not") {
  Stand stand;
  stand.house.settings.timeouts.clientIdleMs = 1000;
  Peer& idle = stand.house.seat();
  Peer& waiting = stand.house.seat();
  waiting.ask("GET k");
  stand.a.expect("GET k");
  const uint64_t laterMs = stand.house.stage.loop.nowMs() + 2000;
  for (size_t i : {0, 1}) stand.house.client(i)->checkTime(stand.house.stage.loop.nowUs(), laterMs);
  idle.expectEnd();
  stand.a.say(bulk("v"));
  waiting.expect(bulk("v"));
  CHECK(stand.house.clientsLeft() == 1);
}
