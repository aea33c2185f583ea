// Splits over very many keys: sent part by part, and still one command to whoever sent it.
#include "command/split.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr uint32_t kKeys = kKeysPerPart + kKeysPerPart / 2;  // two parts

// The even keys have a's tag, the odd ones b's, so a part has two pieces.
std::string keyAt(uint32_t index) { return (index % 2 == 0 ? "{k}" : "{foo}") + std::to_string(index); }

std::string over(const std::string& command, uint32_t from, uint32_t to, uint32_t step) {
  std::string words = command;
  for (uint32_t key = from; key < to; key += step) words += " " + keyAt(key);
  return words;
}

std::string values(uint32_t from, uint32_t to, uint32_t step) {
  std::string reply = "*" + std::to_string((to - from + step - 1) / step) + "\r\n";
  for (uint32_t key = from; key < to; key += step) reply += bulk("value" + std::to_string(key));
  return reply;
}

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }

  void expectPart(const std::string& command, uint32_t from, uint32_t to) {
    a.expect(over(command, from, to, 2));
    b.expect(over(command, from + 1, to, 2));
  }
  // GET foo and a DEL in two parts, of whose first one a has answered its piece.
  void askBehindGet() {
    peer.ask("GET foo");
    peer.ask(over("DEL", 0, kKeys, 1));
    b.expect("GET foo");
    expectPart("DEL", 0, kKeysPerPart);
    a.say(":1\r\n");
  }
  // A DEL in two parts; both pieces of the first one have arrived.
  void askDelete() {
    peer.ask(over("DEL", 0, kKeys, 1));
    expectPart("DEL", 0, kKeysPerPart);
  }
  // The second part arrives and deletes a key at each node; then all of it is answered.
  void finishDelete(Slice answer) {
    expectPart("DEL", kKeysPerPart, kKeys);
    a.say(":1\r\n");
    b.say(":1\r\n");
    peer.expectLine(answer);
  }
  void sayValues(uint32_t from, uint32_t to) {
    a.say(values(from, to, 2));
    b.say(values(from + 1, to, 2));
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
};

}  // namespace

TEST_CASE("parts: the next one leaves when the one before is answered, and the reply is one") {
  Stand stand;
  stand.peer.ask(over("MGET", 0, kKeys, 1));
  stand.expectPart("MGET", 0, kKeysPerPart);
  stand.a.say(values(0, kKeysPerPart, 2));
  stand.a.expectQuiet();
  stand.b.say(values(1, kKeysPerPart, 2));
  stand.expectPart("MGET", kKeysPerPart, kKeys);
  stand.peer.expectQuiet();
  stand.sayValues(kKeysPerPart, kKeys);
  stand.peer.expect(values(0, kKeys, 1));
}

TEST_CASE("parts: what comes behind waits for all of them") {
  Stand stand;
  stand.peer.ask(over("DEL", 0, kKeys, 1));
  stand.peer.ask("GET " + keyAt(kKeys - 2));
  stand.expectPart("DEL", 0, kKeysPerPart);
  stand.a.expectQuiet();
  stand.a.say(":3\r\n");
  stand.b.say(":4\r\n");
  stand.expectPart("DEL", kKeysPerPart, kKeys);
  stand.a.expectQuiet();
  stand.a.say(":5\r\n");
  stand.b.say(":6\r\n");
  stand.peer.expect(":18\r\n");
  stand.a.expect("GET " + keyAt(kKeys - 2));
  stand.a.say("$-1\r\n");
  stand.peer.expect("$-1\r\n");
}

TEST_CASE("parts: the second one waits for all that was asked before") {
  Stand stand;
  stand.askBehindGet();
  stand.a.expectQuiet();
  stand.b.say(bulk("F"));
  stand.peer.expect(bulk("F"));
  stand.b.say(":1\r\n");
  stand.finishDelete(":4");
}

TEST_CASE("parts: a failure is counted over all of them") {
  Stand stand;
  stand.askDelete();
  stand.a.say("-NOPERM no\r\n");
  stand.b.say(":64\r\n");
  stand.finishDelete("-ERR DEL: 1 of 4 parts failed, 3 succeeded: NOPERM no");
  CHECK(stand.house.failures(Failure::PartialFailure) == 1);
}

TEST_CASE("parts: the deadline ends them, and what was not sent is said to have failed") {
  Stand stand;
  stand.askBehindGet();
  stand.house.passDeadlines();
  stand.peer.expectBegin("-");  // GET foo
  CHECK(stand.peer.expectBegin("-ERR DEL: ").find("succeeded") != std::string::npos);
  stand.b.say(bulk("late"));
  stand.b.say(":1\r\n");
  stand.peer.ask("GET foo");
  stand.b.expect("GET foo");
  stand.b.say(bulk("F"));
  stand.peer.expect(bulk("F"));
  stand.a.expectQuiet();
}

TEST_CASE("parts: a client that leaves between two of them ends it") {
  Stand stand;
  Peer& other = stand.house.seat();
  stand.peer.ask(over("MGET", 0, kKeys, 1));
  stand.expectPart("MGET", 0, kKeysPerPart);
  stand.a.say(values(0, kKeysPerPart, 2));
  stand.house.client(0)->close();
  stand.b.say(values(1, kKeysPerPart, 2));
  stand.a.expectQuiet();
  other.ask("GET k");
  stand.a.expect("GET k");
  stand.a.say(bulk("V"));
  other.expect(bulk("V"));
}

TEST_CASE("parts: a piece that is redirected goes its way, and the next part after it") {
  Stand stand;
  stand.askDelete();
  stand.a.say(redirect("ASK", "k", stand.b.endpoint()));
  stand.b.say(":64\r\n");
  stand.b.expect("ASKING");
  stand.b.expect(over("DEL", 0, kKeysPerPart, 2));
  stand.b.say(kOk);
  stand.b.say(":64\r\n");
  stand.finishDelete(":130");
}

TEST_CASE("parts: a client that wants no reply and passes the deadline is still read from") {
  Stand stand;
  stand.peer.ask("CLIENT REPLY OFF");
  stand.askDelete();
  stand.house.passDeadlines();
  stand.peer.ask("CLIENT REPLY ON");
  stand.peer.expect(kOk);
  stand.a.say(":1\r\n");
  stand.b.say(":1\r\n");
  stand.peer.ask("PING");
  stand.peer.expect("+PONG\r\n");
}

TEST_CASE("parts: together they grow to a limit, however small each is") {
  Stand stand;
  const std::string first = values(0, kKeysPerPart, 2) + values(1, kKeysPerPart, 2);
  stand.house.settings.limits.clientOutputBytes = first.size() + 1;
  stand.peer.ask(over("MGET", 0, kKeys, 1));
  stand.expectPart("MGET", 0, kKeysPerPart);
  stand.sayValues(0, kKeysPerPart);
  stand.expectPart("MGET", kKeysPerPart, kKeys);
  stand.sayValues(kKeysPerPart, kKeys);
  stand.peer.expectBegin("-ERR the nodes have answered, with more than limits.client_output_bytes together");
  CHECK(stand.house.failures(Failure::GatherLimit) == 1);
}
