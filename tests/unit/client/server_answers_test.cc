#include "client/server_answers.h"

#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct TwoMasters {
  TwoMasters() {
    house.settings.listeners.front().announce = "10.1.2.3:6390";
    house.settings.clientPassword = "sesame";
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 99).master("b", b.endpoint(), 100, 16383));
    peer.ask("AUTH sesame");
    peer.expectLine("+OK");
  }
  // Asks, and both masters say something.
  void ask(const std::string& request, const std::string& one, const std::string& two) {
    peer.ask(request);
    a.expect(request);
    b.expect(request);
    b.say(two);
    a.say(one);
  }
  House house;
  ScriptedNode a{house.stage, "a"};
  ScriptedNode b{house.stage, "b"};
  Peer& peer = house.seat();
};

}  // namespace

TEST_CASE("server answers: INFO is asked of all masters and told as of one server") {
  TwoMasters stage;
  const std::string text = "# Server\r\nredis_mode:cluster\r\ntcp_port:7\r\n\r\n# Cluster\r\ncluster_enabled:1\r\n";
  stage.ask("INFO server cluster", bulk(text), bulk(text));
  stage.peer.expect(bulk("# Server\r\nredis_mode:standalone\r\ntcp_port:6390\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n"));
  // As RESP3 marks a text.
  stage.ask("INFO clients", "=34\r\ntxt:# Clients\r\nblocked_clients:1\r\n\r\n", "=34\r\ntxt:# Clients\r\nblocked_clients:2\r\n\r\n");
  stage.peer.expect("=34\r\ntxt:# Clients\r\nblocked_clients:3\r\n\r\n");
  stage.ask("INFO nosuch", "$0\r\n\r\n", "$0\r\n\r\n");
  stage.peer.expect("$0\r\n\r\n");
}

TEST_CASE("server answers: INFO's own section comes with all, and alone without a node") {
  TwoMasters stage;
  for (const char* request : {"INFO", "INFO all", "INFO everything", "INFO DEFAULT", "INFO keyspace SLOTWAY"}) {
    CAPTURE(request);
    stage.ask(request, bulk("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"), bulk("# Keyspace\r\n"));
    stage.peer.expectBegin("$");
    stage.peer.expectLine("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n");
    stage.peer.expectLine("# Slotway");
    while (stage.peer.expectBegin("") != "slotway_topology_epoch:0") {
    }
    stage.peer.expectLine("");
  }
  stage.peer.ask("INFO slotway");
  stage.peer.expectBegin("$");
  stage.peer.expectLine("# Slotway");
  stage.a.expectQuiet();
}

TEST_CASE("server answers: an error of one master is told, not left out") {
  TwoMasters stage;
  stage.ask("INFO", "-ERR odd\r\n", bulk("# Server\r\n"));
  stage.peer.expectLine("-ERR INFO: 1 of 2 parts failed, 1 succeeded: ERR odd");
  CHECK(stage.house.failures(Failure::PartialFailure) == 1);
  stage.ask("INFO", ":1\r\n", bulk("# Server\r\n"));
  stage.peer.expectLine("-ERR the nodes' replies do not fit together");
}

TEST_CASE("server answers: ROLE has the replicas of all masters") {
  TwoMasters stage;
  stage.ask("ROLE", "*3\r\n$6\r\nmaster\r\n:10\r\n*1\r\n*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n9\r\n",
            "*3\r\n$6\r\nmaster\r\n:5\r\n*1\r\n*3\r\n$1\r\nb\r\n$1\r\n1\r\n$1\r\n4\r\n");
  stage.peer.expect("*3\r\n$6\r\nmaster\r\n:15\r\n*2\r\n*3\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\n9\r\n*3\r\n$1\r\nb\r\n$1\r\n1\r\n$1\r\n4\r\n");
}

TEST_CASE("server answers: CONFIG GET is one master's, with the proxy's own put right") {
  TwoMasters stage;
  const auto ask = [&](const std::string& reply) {
    stage.peer.ask("CONFIG GET *");
    stage.a.expect("CONFIG GET *");
    stage.a.say(reply);
  };
  ask("*8\r\n" + bulk("save") + bulk("3600 1") + bulk("databases") + bulk("16") + bulk("requirepass") + bulk("inner") +
      bulk("masterauth") + bulk("inner"));
  stage.peer.expect("*8\r\n" + bulk("save") + bulk("3600 1") + bulk("databases") + bulk("1") + bulk("requirepass") +
                    bulk("sesame") + bulk("masterauth") + bulk(""));
  ask("*2\r\n" + bulk("port") + bulk("7000"));
  stage.peer.expect("*2\r\n" + bulk("port") + bulk("6390"));
  ask("%1\r\n" + bulk("port") + bulk("7000"));
  stage.peer.expect("%1\r\n" + bulk("port") + bulk("6390"));
  ask("*0\r\n");
  stage.peer.expect("*0\r\n");
  ask("*1\r\n" + bulk("port"));
  stage.peer.expectLine("-ERR the nodes' replies do not fit together");
  stage.b.expectQuiet();
}

TEST_CASE("server answers: CONFIG SET goes to all nodes, but for what the proxy decides") {
  TwoMasters stage;
  stage.ask("CONFIG SET maxmemory 1", "+OK\r\n", "+OK\r\n");
  stage.peer.expectLine("+OK");
  stage.peer.ask("CONFIG SET maxmemory 1 Databases 2");
  stage.peer.expectLine("-ERR CONFIG SET failed (possibly related to argument 'Databases') - can't set immutable config");
  stage.peer.ask("CONFIG SET requirepass x");
  stage.peer.expectLine(
      "-ERR CONFIG SET failed (possibly related to argument 'requirepass') - Slotway decides it by its setting auth.password");
  stage.a.expectQuiet();
  stage.ask("CONFIG SET slowlog-log-slower-than 5 nosuch 1", "-ERR no\r\n", "-ERR no\r\n");
  stage.peer.expectLine("-ERR no");
  CHECK(stage.house.questions.empty());
  stage.ask("CONFIG SET slowlog-log-slower-than 5", "+OK\r\n", "+OK\r\n");
  stage.peer.expectLine("+OK");
  REQUIRE(stage.house.questions.size() == 1);
  CHECK(stage.house.questions[0].kind == ClientQuestion::Kind::SetSlowThreshold);
  CHECK(stage.house.questions[0].number == 5);
  CHECK(stage.house.questions[0].clientId == 0);
}
