// Whose messages are taken while a topic changes places: each once, in order, and counted where one may be lost.
#include "living/house.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

std::string three(Slice word, Slice topic, Slice last) {
  const std::string end = last.starts_with(':') ? std::string(last) + "\r\n" : bulk(last);
  return "*3\r\n" + bulk(word) + bulk(topic) + end;
}

std::string stands(Slice topic = "foo") { return three("ssubscribe", topic, ":1"); }
std::string ended(Slice topic = "foo") { return three("sunsubscribe", topic, ":0"); }
std::string says(Slice text) { return three("smessage", "foo", text); }

// "foo" is at the master b, of which c is the replica; a client is subscribed to it.
struct Fixture {
  Fixture() : a(house.stage, "a"), b(house.stage, "b"), c(house.stage, "c"), peer(house.seat()) {
    house.know(masters("b").replica("c", c.endpoint(), "b"));
    peer.ask("SSUBSCRIBE foo");
    b.expect("ssubscribe foo");
    b.say(stands());
    peer.expect(stands());
  }
  SlotMapBuilder masters(Slice owner) {
    SlotMapBuilder builder;
    builder.master("a", a.endpoint(), 0, 8191);
    builder.master(std::string(owner), (owner == "b" ? b : c).endpoint(), 8192, 16383);
    return builder;
  }
  // `node` says what the client is to hear.
  void hears(ScriptedNode& node, Slice text) {
    node.say(says(text));
    peer.expect(says(text));
  }
  void ignores(ScriptedNode& node, Slice text) {
    node.say(says(text));
    peer.expectQuiet();
  }
  uint64_t gaps() { return house.cells->get(Counter::PubSubGaps); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  ScriptedNode c;
  Peer& peer;
};

}  // namespace

TEST_CASE("hand-over: a failover is heard of from the node that ends the subscription") {
  Fixture at;
  at.hears(at.b, "1");
  at.b.say(ended());
  // It is a replica now. It knows of whom.
  at.b.expect("ssubscribe foo");
  REQUIRE(!at.house.refreshes.empty());
  CHECK(at.house.refreshes.back().ask == at.b.endpoint());
  CHECK(at.gaps() == 1);
  at.b.say(stands());
  at.hears(at.b, "2");
  at.hears(at.b, "2");

  at.house.know(at.masters("c").replica("b", at.b.endpoint(), "c"));
  at.c.expect("ssubscribe foo");
  at.hears(at.b, "3");
  at.c.say(stands());
  at.b.expect("sunsubscribe foo");
  CHECK(at.gaps() == 2);
  // Between the two nodes a message takes its time: each of these is a copy, once.
  at.hears(at.c, "new");
  for (const char* text : {"1", "2", "2", "3"}) at.ignores(at.c, text);
  for (const char* text : {"1", "2", "3"}) at.hears(at.c, text);
  // And what the old one goes on to say comes from the new one too.
  at.ignores(at.b, "4");
  at.hears(at.c, "4");
  at.b.say(ended());
  at.hears(at.c, "5");
  CHECK(at.gaps() == 2);
}

TEST_CASE("hand-over: a failover is heard of from the map, in which the old master is none of a shard yet") {
  Fixture at;
  at.hears(at.b, "1");
  SlotMapBuilder builder = at.masters("c");
  builder.master("b", at.b.endpoint());
  at.house.know(builder);
  at.c.expect("ssubscribe foo");
  at.hears(at.b, "2");
  at.c.say(stands() + says("2") + says("3"));
  at.peer.expect(says("3"));
  at.b.expect("sunsubscribe foo");
  at.ignores(at.b, "3");
  CHECK(at.gaps() == 1);
}

TEST_CASE("hand-over: a copy that comes too late to be known is none") {
  Fixture at;
  at.hears(at.b, "1");
  at.house.know(at.masters("c").replica("b", at.b.endpoint(), "c"));
  at.c.expect("ssubscribe foo");
  at.c.say(stands());
  at.b.expect("sunsubscribe foo");
  const uint64_t dueUs = at.house.stage.loop.nowUs() + Copies::kMemoryUs;
  REQUIRE(at.house.stage.until([&] { return at.house.stage.loop.nowUs() > dueUs; }));
  at.hears(at.c, "1");
}

TEST_CASE("hand-over: a slot that moves is heard at both nodes until the old one ends it") {
  Fixture at;
  at.hears(at.b, "1");
  at.house.know(SlotMapBuilder().master("a", at.a.endpoint(), 0, 16383).master("b", at.b.endpoint())
                    .replica("c", at.c.endpoint(), "b"));
  at.a.expect("ssubscribe foo");
  at.a.say(stands());
  // What was published there before it stood is lost.
  REQUIRE(at.house.stage.until([&] { return at.gaps() == 1; }));
  at.b.expectQuiet();
  at.hears(at.b, "1");
  at.hears(at.a, "1");
  at.hears(at.b, "2");
  SUBCASE("which it does") {
    at.b.say(ended());
    at.b.expectQuiet();
  }
  SUBCASE("or is left after a while") {
    const uint64_t dueUs = at.house.stage.loop.nowUs() + 600 * 1000;
    REQUIRE(at.house.stage.until([&] { return at.house.stage.loop.nowUs() > dueUs; }));
    at.house.hub().tick();
    at.b.expect("sunsubscribe foo");
    at.hears(at.b, "3");
    at.b.say(ended());
  }
  SUBCASE("or is lost") {
    at.b.hangUp();
    at.house.stage.pass();
  }
  at.hears(at.a, "4");
  at.peer.expectQuiet();
  CHECK(at.gaps() == 1);
}

TEST_CASE("hand-over: what all masters say is taken from the one to which messages are published") {
  House house;
  ScriptedNode a(house.stage, "a");
  ScriptedNode b(house.stage, "b");
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 8191).master("b", b.endpoint(), 8192, 16383));
  Peer& peer = house.seat();
  peer.ask("PSUBSCRIBE *");
  a.expect("psubscribe *");
  b.expect("psubscribe *");
  const std::string news = "*4\r\n" + bulk("pmessage") + bulk("*") + bulk("news");
  b.say(three("psubscribe", "*", ":1") + news + bulk("too early"));
  peer.expectQuiet();
  a.say(three("psubscribe", "*", ":1") + news + bulk("1"));
  peer.expect(three("psubscribe", "*", ":1") + news + bulk("1"));
  b.say(news + bulk("1"));
  peer.expectQuiet();
  // Without it any will do.
  a.hangUp();
  REQUIRE(house.stage.until([&] { return house.cells->get(Counter::PubSubGaps) == 1; }));
  b.say(news + bulk("2"));
  peer.expect(news + bulk("2"));
  // It is not changed back: nobody knows how far each of them is.
  a.expect("psubscribe *");
  a.say(three("psubscribe", "*", ":1") + news + bulk("3"));
  peer.expectQuiet();
  b.say(news + bulk("3"));
  peer.expect(news + bulk("3"));
  CHECK(house.cells->get(Counter::PubSubGaps) == 1);
}

TEST_CASE("hand-over: messages go on to the node that they went to, as long as it is there") {
  Fixture at;
  at.peer.ask("RESET");
  at.peer.expectLine("+RESET");
  at.b.expect("sunsubscribe foo");
  at.b.say(ended());
  at.peer.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  at.a.say(three("subscribe", "c", ":1"));
  at.peer.expect(three("subscribe", "c", ":1"));
  Peer& speaker = at.house.seat();
  const auto publish = [&](ScriptedNode& node, Slice text, Slice reply, Slice answer) {
    speaker.ask("PUBLISH c " + std::string(text));
    node.expect("PUBLISH c " + std::string(text));
    node.say(std::string(reply) + "\r\n");
    if (reply != ":0") {
      node.expect("PING");
      node.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    }
    speaker.expectLine(answer);
  };
  publish(at.a, "1", ":1", ":1");
  // A replica takes messages too, and counts our link.
  at.house.know(SlotMapBuilder().master("b", at.b.endpoint(), 0, 16383).replica("a", at.a.endpoint(), "b"));
  publish(at.a, "2", ":1", ":1");
  at.house.know(SlotMapBuilder().master("a", at.a.endpoint(), 0, 16383).replica("b", at.b.endpoint(), "a"));
  publish(at.a, "3", ":1", ":1");
  at.house.know(SlotMapBuilder().master("b", at.b.endpoint(), 0, 16383).replica("a", at.a.endpoint(), "b"));
  SUBCASE("until it cannot be reached") {
    at.a.stopListening();
    for (size_t i = 0; i < at.a.connections(); ++i) at.a.socket(i).close();
    at.b.expect("subscribe c");
    at.b.say(three("subscribe", "c", ":1"));
    publish(at.b, "4", ":1", ":1");
  }
  SUBCASE("until the cluster gives it up") {
    at.house.know(SlotMapBuilder().master("b", at.b.endpoint(), 0, 16383));
    at.b.expect("subscribe c");
    at.b.say(three("subscribe", "c", ":1"));
    publish(at.b, "4", ":1", ":1");
  }
}

namespace {

// Ordinary channels are heard at `a`, and published there. It is being emptied.
struct Emptied {
  Emptied(const std::string& subscribe, Slice subscribed) : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()), confirmed(subscribed) {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 8191).master("b", b.endpoint(), 8192, 16383));
    peer.ask(subscribe);
    a.expect(subscribe);
    a.say(confirmed);
  }
  void empty() {
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 2046).master("b", b.endpoint(), 2047, 16383));
  }
  void pass(uint64_t us) {
    const uint64_t dueUs = house.stage.loop.nowUs() + us;
    REQUIRE(house.stage.until([&] { return house.stage.loop.nowUs() > dueUs; }));
    house.hub().tick();
    house.router().checkStalled();
  }
  void hears(ScriptedNode& node, Slice frame) {
    node.say(frame);
    peer.expect(frame);
  }
  void ignores(ScriptedNode& node, Slice frame) {
    node.say(frame);
    peer.expectQuiet();
  }

  House house;
  ScriptedNode a;
  ScriptedNode b;
  Peer& peer;
  const std::string confirmed;
};

}  // namespace

TEST_CASE("hand-over: a node that is being emptied is left before it is taken away") {
  Emptied at("subscribe c", three("subscribe", "c", ":1"));
  at.peer.expect(at.confirmed);
  const auto news = [](Slice text) { return three("message", "c", text); };
  at.hears(at.a, news("1"));
  at.empty();
  at.hears(at.a, news("2"));
  at.b.expectQuiet();
  SUBCASE("unless it is given slots again") {
    at.house.know(SlotMapBuilder().master("a", at.a.endpoint(), 0, 2047).master("b", at.b.endpoint(), 2048, 16383));
    at.pass(Router::kSpeaksOnUs);
    at.b.expectQuiet();
    return at.hears(at.a, news("3"));
  }
  at.pass(Copies::kMemoryUs);
  at.b.expect("subscribe c");
  at.hears(at.a, news("3"));
  at.b.say(at.confirmed);
  // What one has said already comes late from the other.
  at.ignores(at.b, news("3"));
  at.hears(at.b, news("4"));
  at.hears(at.a, news("5"));
  at.hears(at.a, news("5"));
  at.ignores(at.a, news("4"));
  at.ignores(at.b, news("5"));
  at.ignores(at.b, news("5"));
  at.hears(at.b, news("5"));
  at.pass(Copies::kMemoryUs);
  at.a.expect("unsubscribe c");
  at.ignores(at.a, news("5"));
  at.a.say(three("unsubscribe", "c", ":0"));
  at.hears(at.b, news("6"));
  at.a.hangUp();
  at.house.stage.pass();
  at.hears(at.b, news("7"));
  CHECK(at.house.cells->get(Counter::PubSubGaps) == 0);
}

TEST_CASE("hand-over: what all masters say is taken from another when the one that has the voice is being emptied") {
  Emptied at("psubscribe *", three("psubscribe", "*", ":1"));
  at.b.expect("psubscribe *");
  at.b.say(at.confirmed);
  at.peer.expect(at.confirmed);
  const auto news = [](Slice text) { return "*4\r\n" + bulk("pmessage") + bulk("*") + bulk("c") + bulk(text); };
  at.hears(at.a, news("1"));
  at.ignores(at.b, news("1"));
  at.empty();
  at.hears(at.a, news("2"));
  at.ignores(at.b, news("2"));
  at.pass(Copies::kMemoryUs / 2);
  at.hears(at.a, news("3"));
  at.pass(Copies::kMemoryUs / 2);
  at.ignores(at.b, news("3"));
  at.hears(at.b, news("4"));
  at.ignores(at.a, news("4"));
  at.hears(at.a, news("5"));
  at.pass(Copies::kMemoryUs);
  at.ignores(at.a, news("6"));
  at.hears(at.b, news("6"));
  CHECK(at.house.cells->get(Counter::PubSubGaps) == 0);
}

TEST_CASE("hand-over: who publishes goes on to another node when its own is being emptied, in order") {
  Emptied at("subscribe c", three("subscribe", "c", ":1"));
  at.peer.expect(at.confirmed);
  at.empty();
  Peer& speaker = at.house.seat();
  speaker.ask("PUBLISH c 1");
  at.a.expect("PUBLISH c 1");
  at.pass(Router::kSpeaksOnUs);
  at.b.expect("subscribe c");
  at.b.say(at.confirmed);
  speaker.ask("PUBLISH c 2");
  at.b.expectQuiet();
  at.a.say(":1\r\n");
  at.b.expect("PUBLISH c 2");
  at.b.say(":1\r\n");
  for (ScriptedNode* node : {&at.a, &at.b}) {
    node->expect("PING");
    node->say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  }
  speaker.expect(":1\r\n:1\r\n");
}

TEST_CASE("hand-over: who publishes goes on to another node when its own cannot be reached, and so do those who listen") {
  Emptied at("subscribe c", three("subscribe", "c", ":1"));
  at.peer.expect(at.confirmed);
  Peer& speaker = at.house.seat();
  speaker.ask("PUBLISH c 1");
  at.a.expect("PUBLISH c 1");
  at.a.stopListening();
  SUBCASE("all connections to it are lost") {
    for (size_t i = 0; i < at.a.connections(); ++i) at.a.socket(i).close();
    at.b.expect("subscribe c");
    at.b.say(at.confirmed);
  }
  SUBCASE("what it says to who listens could still come") {
    at.a.socket(1).close();
    REQUIRE(at.house.stage.until([&] { return at.house.cells->get(Counter::LinkFailures) > 2; }));
    at.pass(0);
    at.house.stage.pass();
    at.pass(Copies::kMemoryUs);
    at.b.expect("subscribe c");
    at.b.say(at.confirmed);
  }
  speaker.expectBegin("-ERR upstream connection lost");
  speaker.ask("PUBLISH c 2");
  at.b.expectQuiet();
  at.pass(0);
  at.pass(Router::kSpeaksOnUs);
  at.b.expect("PUBLISH c 2");
  at.b.say(":1\r\n");
  at.b.expect("PING");
  at.b.say(three("message", "c", "2"));
  at.b.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  at.peer.expect(three("message", "c", "2"));
  speaker.expect(":1\r\n");
}
