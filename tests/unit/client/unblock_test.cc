// CLIENT UNBLOCK: the node at which a client blocks lets go of it, and both hear what the node says.
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr const char* kByCommand = "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()), other(house.seat()) {
    house.serverVersion = "7.0.15";
    // k is a's, foo is b's.
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 9999).master("b", b.endpoint(), 10000, 16383));
  }
  // As the worker does it that serves the client.
  void unblock(const std::string& words) {
    other.ask("CLIENT UNBLOCK " + words);
    REQUIRE(house.stage.until([&] { return !house.questions.empty(); }));
    question = house.questions.back();
    house.questions.clear();
    CHECK((question.kind == ClientQuestion::Kind::Unblock));
    CHECK(question.clientId == 2);
    house.client(static_cast<size_t>(question.number) - 1)->unblock(question.words.front(), [this](bool unblocked) {
      Bytes reply;
      writeAnswer(question, WorkerAnswer{{}, unblocked ? 1u : 0u}, resp::Version::Resp2, reply);
      house.client(1)->answerLater(question.sequence, reply.slice());
    });
  }
  static std::string numberOf(size_t connection) { return std::to_string(ScriptedNode::number(connection)); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
  Peer& other;
  ClientQuestion question;
};

}  // namespace

TEST_CASE("unblock: the node is told over another link, and its word is the answer") {
  Stand stand;
  stand.peer.ask("BLPOP k 0");
  stand.a.expect("BLPOP k 0");
  SUBCASE("as if its time had passed") {
    stand.unblock("1");
    stand.a.expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " TIMEOUT");
    stand.a.socket(0).send("*-1\r\n");
    stand.a.say(":1\r\n");
    stand.peer.expect("*-1\r\n");
    stand.other.expect(":1\r\n");
  }
  SUBCASE("with an error, which is the client's and no failover's") {
    stand.unblock("1 error");
    stand.a.expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " ERROR");
    stand.a.socket(0).send(kByCommand);
    stand.a.say(":1\r\n");
    stand.peer.expect(kByCommand);
    stand.other.expect(":1\r\n");
    stand.a.expectQuiet();
  }
  SUBCASE("it has popped something meanwhile") {
    const std::string popped = "*2\r\n" + bulk("k") + bulk("v");
    stand.unblock("1 TIMEOUT");
    stand.a.expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " TIMEOUT");
    stand.a.socket(0).send(popped);
    stand.peer.expect(popped);
    stand.a.say(":0\r\n");
    stand.other.expect(":0\r\n");
  }
  // Whoever came next on this connection could be unblocked in its place.
  CHECK(stand.house.stage.until([&] { return stand.a.socket(0).ended(); }));
}

TEST_CASE("unblock: who waits at several nodes is let go by all of them") {
  Stand stand;
  stand.peer.ask("WAIT 1 0");
  for (ScriptedNode* node : {&stand.a, &stand.b}) node->expect("WAIT 1 0");
  SUBCASE("as if its time had passed") {
    stand.unblock("1");
    for (ScriptedNode* node : {&stand.a, &stand.b}) {
      node->expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " TIMEOUT");
      node->socket(0).send(node == &stand.a ? ":2\r\n" : ":1\r\n");
    }
    stand.peer.expect(":1\r\n");
    stand.a.say(":1\r\n");
    stand.other.expectQuiet();
    stand.b.say(":0\r\n");
    stand.other.expect(":1\r\n");
  }
  SUBCASE("with an error") {
    stand.unblock("1 ERROR");
    stand.a.expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " ERROR");
    stand.b.expect("CLIENT UNBLOCK " + Stand::numberOf(0) + " ERROR");
    stand.a.socket(0).send(kByCommand);
    stand.peer.expect(kByCommand);
    stand.a.say(":1\r\n");
    stand.b.say(":1\r\n");
    stand.other.expect(":1\r\n");
  }
}

TEST_CASE("unblock: who is not blocked stays as it is") {
  Stand stand;
  SUBCASE("nothing asked") {}
  SUBCASE("an answer is on its way") {
    stand.peer.ask("GET k");
    stand.a.expect("GET k");
  }
  SUBCASE("it will block when what comes before is answered") {
    stand.peer.ask("GET k");
    stand.peer.ask("BLPOP k 0");
    stand.a.expect("GET k");
  }
  SUBCASE("its command has not been sent") {
    stand.a.stopListening();
    stand.peer.ask("BLPOP k 0");
    stand.house.stage.pass();
  }
  stand.unblock("1");
  stand.other.expect(":0\r\n");
  stand.a.expectQuiet();
}

TEST_CASE("unblock: where the node cannot be told, nobody is unblocked") {
  Stand stand;
  stand.peer.ask("BLPOP k 0");
  stand.a.expect("BLPOP k 0");
  stand.a.stopListening();
  stand.unblock("1");
  stand.other.expect(":0\r\n");
  stand.house.router().checkStalled();
  const std::string popped = "*2\r\n" + bulk("k") + bulk("v");
  stand.a.say(popped);
  stand.peer.expect(popped);
}

TEST_CASE("unblock: what is wrong with it") {
  Stand stand;
  const std::pair<const char*, const char*> cases[] = {
      {"CLIENT UNBLOCK abc", "-ERR value is not an integer or out of range"},
      {"CLIENT UNBLOCK 1 NOSUCH", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"},
      {"CLIENT UNBLOCK abc NOSUCH", "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"},
      {"CLIENT UNBLOCK 1 ERROR x",
       "-ERR unknown subcommand or wrong number of arguments for 'UNBLOCK'. Try CLIENT HELP."},
      {"CLIENT UNBLOCK", "-ERR wrong number of arguments for 'client|unblock' command"},
  };
  for (const auto& [request, reply] : cases) {
    stand.peer.ask(request);
    stand.peer.expectLine(reply);
  }
  CHECK(stand.house.questions.empty());
}
