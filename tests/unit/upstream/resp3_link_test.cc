#include "living/house.h"
#include "upstream/link_stand.h"

using namespace slotway;
using namespace slotway::test;

using Strings = std::vector<std::string>;

TEST_CASE("RESP3 link: its greeting chooses the protocol, with the credentials if there are any") {
  for (const std::string password : {"", "secret"}) {
    CAPTURE(password);
    LinkStand stand(password, resp::Version::Resp3);
    stand.submit("GET k");
    stand.node.expect("GET k");
    stand.node.say("_\r\n");
    CHECK(stand.settled(1) == Strings{"replied _"});
    const std::string hello = password.empty() ? "HELLO 3" : "HELLO 3 AUTH default secret";
    CHECK(stand.node.raw(0) ==
          wireOf(hello) + wireOf("CLUSTER MYID") + wireOf("CLIENT SETNAME slotway") + wireOf("GET k"));
  }
}

TEST_CASE("RESP3 link: what a refused greeting means for those who wait") {
  struct Row {
    const char* reply;
    const char* outcome;
  };
  const Row rows[] = {{"-NOPROTO unsupported protocol version\r\n", "noresp3"},
                      {"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n", "noresp3"},
                      {"-WRONGPASS invalid username-password pair or user is disabled.\r\n", "denied"},
                      {"-NOAUTH HELLO must be called with the client already authenticated\r\n", "denied"},
                      {"-NOPERM this user has no permissions to run the 'hello' command\r\n", "denied"},
                      {"-ERR max number of clients reached\r\n", "unsent"},
                      {"-BUSY Redis is busy running a script.\r\n", "unsent"}};
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    LinkStand stand("", resp::Version::Resp3);
    stand.node.helloReply = row.reply;
    stand.submit("GET k");
    CHECK(stand.settled(1) == Strings{row.outcome});
    CHECK(stand.node.waiting() == 0);
  }
}

TEST_CASE("link: an out-of-band message is no reply, wherever it stands and wherever it is cut") {
  const std::string push = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n";
  const std::string came = push + "+OK\r\n" + push + push + "$1\r\na\r\n" + push;
  LinkStand stand("", resp::Version::Resp3);
  for (size_t cut = 1; cut < came.size(); ++cut) {
    CAPTURE(cut);
    stand.pushed.clear();
    stand.submit("GET a");
    stand.submit("GET b");
    stand.node.expect("GET a");
    stand.node.expect("GET b");
    stand.node.say(came.substr(0, cut));
    stand.stage.turn();
    stand.node.say(came.substr(cut));
    CHECK(stand.settled(2) == Strings{"replied +OK", "replied $1\r\na"});
    REQUIRE(stand.stage.until([&] { return stand.pushed.size() == 4; }));
    CHECK(stand.pushed == Strings{push, push, push, push});
  }
  CHECK(stand.node.connections() == 1);
}

TEST_CASE("link: a large out-of-band message does not stream into the reply that is waited for") {
  std::string push = ">2\r\n$10\r\ninvalidate\r\n*10000\r\n";
  for (int key = 0; key < 10'000; ++key) push += bulk("key-" + std::to_string(key));
  LinkStand stand("", resp::Version::Resp3);
  Leg& leg = stand.prepare("GET a");
  leg.mayStream = true;
  stand.again(leg);
  stand.node.expect("GET a");
  stand.node.say(push.substr(0, push.size() / 2));
  stand.stage.turn();
  stand.stage.turn();
  stand.node.say(push.substr(push.size() / 2) + "$1\r\na\r\n");
  CHECK(stand.settled(1) == Strings{"replied $1\r\na"});
  CHECK(stand.streamed.empty());
  CHECK(stand.pushed == Strings{push});
}

TEST_CASE("link pool: messages that nobody has asked for are counted and dropped") {
  House house;
  ScriptedNode a(house.stage, "a");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  Peer& peer = house.seat();
  peer.ask("HELLO 3");
  peer.expectBegin("%7");
  peer.socket.in.clear();
  peer.ask("GET k");
  a.expect("GET k");
  a.say(">1\r\n+surprise\r\n$1\r\nv\r\n>1\r\n+surprise\r\n");
  peer.expect(bulk("v"));
  REQUIRE(house.stage.until([&] { return house.cells->get(Counter::UnaskedPushes) == 2; }));
  peer.expectQuiet();
}
