#include "client/subscriptions.h"

#include "living/house.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

std::string frame(std::initializer_list<Slice> words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const Slice word : words) text += word.starts_with(':') ? std::string(word) + "\r\n" : bulk(word);
  return text;
}

std::string joined(Slice topic, Slice count = ":1") { return frame({"subscribe", topic, count}); }
std::string left(Slice topic, Slice count = ":0") { return frame({"unsubscribe", topic, count}); }
std::string message(Slice channel, Slice text) { return frame({"message", channel, text}); }
// As RESP3 marks it.
std::string push(std::string text) { return ">" + text.substr(1); }

// A cluster of two, of which "bar" is at a and "foo" at b.
struct Fixture {
  explicit Fixture(size_t workers = 1) : a(house.stage, "a"), b(house.stage, "b") {
    house.workers = workers;
    house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 8191).master("b", b.endpoint(), 8192, 16383));
  }
  // Subscribed, upstream too.
  Peer& listener(const std::string& channel = "c") {
    Peer& peer = house.seat();
    peer.ask("SUBSCRIBE " + channel);
    a.expect("subscribe " + channel);
    a.say(joined(channel));
    peer.expect(joined(channel));
    return peer;
  }
  Peer& speakingResp3() {
    Peer& peer = house.seat();
    peer.ask("HELLO 3");
    REQUIRE(house.stage.until([&] { return peer.socket.in.ends_with("modules\r\n*0\r\n"); }));
    peer.socket.in.clear();
    return peer;
  }
  // To one subscriber, at the node.
  void publish(Peer& speaker, const std::string& text) {
    speaker.ask("PUBLISH c " + text);
    a.expect("PUBLISH c " + text);
    a.say(":1\r\n");
  }
  // Whoever leaves waits until all has come that the node has said before.
  void passFence(ScriptedNode& node, const std::string& said = "") {
    node.expect("PING");
    node.say(said + "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
  }
  // What the first client asked until `untilUs` is past its deadline, what it asked later is not.
  void passDeadline(uint64_t untilUs) {
    house.client(0)->checkTime(untilUs + house.settings.timeouts.requestDeadlineMs * 1000, house.stage.loop.nowMs());
  }
  uint64_t nowUs() { return house.stage.loop.nowUs(); }
  // The clock has gone on.
  uint64_t later() {
    const uint64_t beforeUs = nowUs();
    REQUIRE(house.stage.until([&] { return nowUs() > beforeUs; }));
    return beforeUs;
  }
  uint64_t count(Counter counter) { return house.cells->get(counter); }

  House house;
  ScriptedNode a;
  ScriptedNode b;
};

}  // namespace

TEST_CASE("subscriptions: one upstream for all, confirmed when it stands; one copy of a message each") {
  Fixture at;
  Peer& one = at.house.seat();
  Peer& two = at.house.seat();
  one.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  two.ask("SUBSCRIBE c");
  one.expectQuiet();
  two.expectQuiet();
  at.a.say(joined("c") + message("c", "x"));
  one.expect(joined("c") + message("c", "x"));
  two.expect(joined("c") + message("c", "x"));

  Peer& three = at.house.seat();
  three.ask("SUBSCRIBE c");
  three.expect(joined("c"));
  at.a.expectQuiet();
  at.a.say(message("c", "y") + message("other", "z"));
  for (Peer* peer : {&one, &two, &three}) {
    peer->expect(message("c", "y"));
    peer->expectQuiet();
  }
  CHECK(at.count(Counter::PubSubMessages) == 5);
}

TEST_CASE("subscriptions: a confirmation waits until the other workers have heard, and messages wait behind it") {
  Fixture at(2);
  Peer& peer = at.house.seat();
  peer.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  at.a.say(joined("c"));
  REQUIRE(at.house.stage.until([&] { return !at.house.told.empty() && at.house.told.back().counts[0].subscribers == 1; }));
  at.a.say(message("c", "x"));
  peer.expectQuiet();
  const CensusNews& news = at.house.told.back();
  CHECK(news.counts[0].places == std::vector<std::string>{at.a.endpoint().text()});
  at.house.hub().heard(news.serial);
  peer.expect(joined("c") + message("c", "x"));
}

TEST_CASE("subscriptions: what other workers have counts") {
  Fixture at(2);
  at.house.seat();
  CensusNews news{1, 0, 1, {}};
  news.counts.push_back({TopicKind::Channel, "c", 7, {at.a.endpoint().text()}});
  at.house.hub().hear(news);
  Peer& speaker = at.house.seat();
  speaker.ask("PUBLISH c x");
  at.a.expect("PUBLISH c x");
  at.a.say(":2\r\n");
  REQUIRE(at.house.stage.until([&] { return !at.house.arrivals.empty(); }));
  at.house.hub().hear({ArrivalNews::Kind::Arrived, 1, 0, at.house.arrivals.back().ticket, ""});
  speaker.expect(":8\r\n");
}

TEST_CASE("subscriptions: what PUBLISH answers leaves when the message has been given to its subscribers") {
  Fixture at;
  Peer& listener = at.listener();
  Peer& speaker = at.house.seat();
  for (const char* request : {"PUBLISH c x", "PUBLISH c y", "PING"}) speaker.ask(request);
  at.a.expect("PUBLISH c x");
  at.a.expect("PUBLISH c y");
  at.a.say(":1\r\n:1\r\n");
  at.a.expect("PING");
  at.a.expectQuiet();  // one word is enough for both
  speaker.expectQuiet();
  SUBCASE("behind it") {
    at.a.say(message("c", "x") + message("c", "y") + "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    listener.expect(message("c", "x") + message("c", "y"));
    speaker.expect(":1\r\n:1\r\n+PONG\r\n");
  }
  SUBCASE("or when it is lost") {
    at.a.hangUp();
    speaker.expect(":1\r\n:1\r\n+PONG\r\n");
  }
  SUBCASE("or to nobody, when it has left") {
    speaker.socket.close();
    at.house.stage.pass();
    at.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    CHECK(at.house.stage.until([&] { return at.house.clientsLeft() == 1; }));
  }
  SUBCASE("or to nobody, when it has been killed") {
    at.house.client(1)->close();
    CHECK(at.house.stage.until([&] { return at.house.clientsLeft() == 1; }));
    at.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    at.house.stage.pass();
  }
  SUBCASE("and later ones wait for a word of their own") {
    at.publish(speaker, "z");
    at.a.expect("PING");
    at.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    speaker.expectQuiet();
    at.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    speaker.expect(":1\r\n:1\r\n+PONG\r\n:1\r\n");
  }
}

TEST_CASE("subscriptions: what PUBLISH answers inside a transaction does so, too") {
  Fixture at;
  Peer& listener = at.listener();
  Peer& speaker = at.house.seat();
  for (const char* request : {"MULTI", "PUBLISH c x", "SET bar 1", "EXEC"}) speaker.ask(request);
  for (const char* request : {"MULTI", "PUBLISH c x", "SET bar 1", "EXEC"}) at.a.expect(request);
  at.a.say("+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n+OK\r\n");
  speaker.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n");
  speaker.expectQuiet();
  at.passFence(at.a, message("c", "x"));
  listener.expect(message("c", "x"));
  speaker.expect("*2\r\n:1\r\n+OK\r\n");
}

TEST_CASE("subscriptions: nobody waits for a message that nobody hears") {
  Fixture at;
  at.listener();
  Peer& speaker = at.house.seat();
  speaker.ask("PUBLISH other x");
  at.a.expect("PUBLISH other x");
  at.a.say(":0\r\n");
  speaker.expect(":0\r\n");
  at.a.expectQuiet();
}

TEST_CASE("subscriptions: a message has reached the other workers' clients, too, when its PUBLISH is answered") {
  Fixture at(3);
  at.house.seat().ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  at.a.say(joined("c"));
  REQUIRE(at.house.stage.until([&] { return !at.house.told.empty() && at.house.told.back().counts[0].subscribers == 1; }));
  SUBCASE("of ours") {
    Peer& speaker = at.house.seat();
    at.publish(speaker, "x");
    at.passFence(at.a);
    speaker.expectQuiet();
    REQUIRE(at.house.arrivals.size() == 2);
    for (const size_t other : {size_t{1}, size_t{2}}) {
      CHECK(at.house.arrivals[other - 1].kind == ArrivalNews::Kind::Asked);
      CHECK(at.house.arrivals[other - 1].place == at.a.endpoint().text());
      speaker.expectQuiet();
      at.house.hub().hear({ArrivalNews::Kind::Arrived, other, 0, at.house.arrivals[0].ticket, ""});
    }
    speaker.expect(":1\r\n");
  }
  SUBCASE("of ours, while all are leaving") {
    Peer& speaker = at.house.seat();
    at.publish(speaker, "x");
    at.passFence(at.a);
    speaker.expectQuiet();
    at.house.hub().waitForNoOther();
    speaker.expect(":1\r\n");
    at.publish(speaker, "y");
    at.passFence(at.a);
    speaker.expect(":1\r\n");
    CHECK(at.house.arrivals.size() == 2);
  }
  SUBCASE("of another worker") {
    at.house.hub().hear({ArrivalNews::Kind::Asked, 2, 0, 77, at.a.endpoint().text()});
    at.a.expect("PING");
    CHECK(at.house.arrivals.empty());
    at.a.say("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    REQUIRE(at.house.stage.until([&] { return !at.house.arrivals.empty(); }));
    CHECK(at.house.arrivals[0].kind == ArrivalNews::Kind::Arrived);
    CHECK(at.house.arrivals[0].ticket == 77);
  }
  SUBCASE("of another worker, about a node where we have nothing") {
    at.house.hub().hear({ArrivalNews::Kind::Asked, 2, 0, 78, at.b.endpoint().text()});
    REQUIRE(at.house.stage.until([&] { return !at.house.arrivals.empty(); }));
    CHECK(at.house.arrivals[0].ticket == 78);
  }
}

TEST_CASE("subscriptions: never inside a streaming answer") {
  Fixture at;
  Peer& other = at.listener();
  Peer& peer = at.speakingResp3();
  peer.ask("SUBSCRIBE c");
  peer.expect(push(joined("c")));
  peer.ask("GET bar");
  at.a.expect("GET bar");
  const std::string reply = bulk(std::string(300000, 'v'));
  at.a.say(reply.substr(0, 200000));
  REQUIRE(at.house.stage.until([&] { return peer.socket.in.size() == 200000; }));
  at.a.socket(0).send(message("c", "x"));
  other.expect(message("c", "x"));
  CHECK(peer.socket.in.size() == 200000);
  at.a.say(reply.substr(200000));
  peer.expect(reply + push(message("c", "x")));
}

TEST_CASE("subscriptions: the last one out leaves the node too, and is told when it is left") {
  Fixture at;
  Peer& one = at.listener();
  Peer& two = at.house.seat();
  two.ask("SUBSCRIBE c");
  two.expect(joined("c"));
  one.ask("UNSUBSCRIBE");
  at.passFence(at.a);
  one.expect(left("c"));
  at.a.expectQuiet();
  two.ask("UNSUBSCRIBE c");
  at.passFence(at.a);
  at.a.expect("unsubscribe c");
  two.expectQuiet();
  at.a.say(left("c"));
  two.expect(left("c"));
  REQUIRE(at.house.stage.until([&] { return at.a.socket(0).ended(); }));
  two.ask("UNSUBSCRIBE c");
  two.expect(left("c"));
}

TEST_CASE("subscriptions: a topic that somebody comes back to before the node is left has never been left") {
  Fixture at;
  Peer& one = at.listener();
  Peer& two = at.house.seat();
  one.ask("UNSUBSCRIBE c");
  two.ask("SUBSCRIBE c");
  at.passFence(at.a);
  one.expect(left("c"));
  two.expect(joined("c"));
  at.a.expectQuiet();

  two.ask("UNSUBSCRIBE c");
  at.passFence(at.a);
  at.a.expect("unsubscribe c");
  one.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  two.expect(left("c"));
  at.a.say(left("c"));
  one.expectQuiet();
  at.a.say(joined("c"));
  one.expect(joined("c"));
}

TEST_CASE("subscriptions: what was published before it leaves still comes, and comes first") {
  Fixture at;
  Peer& peer = at.listener();
  Peer& stays = at.listener("d");
  peer.ask("UNSUBSCRIBE c");
  at.passFence(at.a, message("c", "x"));
  peer.expect(message("c", "x"));
  at.a.expect("unsubscribe c");
  at.a.say(message("c", "y") + left("c"));
  peer.expect(left("c"));
  at.a.say(message("d", "z"));
  stays.expect(message("d", "z"));
  peer.expectQuiet();
}

TEST_CASE("subscriptions: leaving many asks each node once, and a node that is lost is not waited for") {
  Fixture at;
  Peer& peer = at.listener();
  Peer& other = at.listener("d");
  peer.ask("SUBSCRIBE d");
  peer.expect(joined("d", ":2"));
  peer.ask("UNSUBSCRIBE");
  at.a.expect("PING");
  at.a.expectQuiet();
  peer.expectQuiet();
  at.a.hangUp();
  at.a.expect("subscribe d");
  peer.expect(left("c", ":1") + left("d"));
  at.a.say(joined("d") + message("d", "x"));
  other.expect(message("d", "x"));
  peer.expectQuiet();
}

TEST_CASE("subscriptions: past the deadline whoever wanted to leave has left") {
  Fixture at;
  Peer& peer = at.listener();
  Peer& stays = at.house.seat();
  stays.ask("SUBSCRIBE c");
  stays.expect(joined("c"));
  peer.ask("UNSUBSCRIBE c");
  at.a.expect("PING");
  at.house.passDeadlines();
  peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
  at.a.say(message("c", "x"));
  stays.expect(message("c", "x"));
  peer.expectQuiet();
}

TEST_CASE("subscriptions: a client that leaves takes its subscriptions along") {
  Fixture at;
  Peer& peer = at.listener();
  peer.socket.close();
  at.a.expect("unsubscribe c");
  CHECK(at.house.hub().census().of(TopicKind::Channel, "c", "").subscribers == 0);
}

TEST_CASE("subscriptions: a lost connection is made anew and the client is told nothing") {
  Fixture at;
  Peer& one = at.listener();
  at.a.hangUp();
  at.a.expect("subscribe c");
  // Who comes now waits for it.
  Peer& two = at.house.seat();
  two.ask("SUBSCRIBE c");
  two.expectQuiet();
  at.a.say(joined("c") + message("c", "x"));
  one.expect(message("c", "x"));
  two.expect(joined("c") + message("c", "x"));
  CHECK(at.count(Counter::PubSubGaps) == 1);
  CHECK(at.count(Counter::PubSubResubscriptions) == 1);
}

TEST_CASE("subscriptions: when the node cannot be reached any more, another has the messages too") {
  Fixture at;
  Peer& peer = at.listener();
  at.a.stopListening();
  at.a.hangUp();
  at.b.expect("subscribe c");
  at.b.say(joined("c") + message("c", "x"));
  peer.expect(message("c", "x"));
  // It comes back, and is not needed.
  at.a.listenAgain();
  at.house.stage.pass();
  at.b.say(message("c", "y"));
  peer.expect(message("c", "y"));
}

TEST_CASE("subscriptions: a node that becomes a replica is stayed with: it hears the same") {
  Fixture at;
  Peer& peer = at.listener();
  at.house.know(SlotMapBuilder().master("b", at.b.endpoint(), 0, 16383).replica("a", at.a.endpoint(), "b"));
  at.b.expectQuiet();
  at.a.say(message("c", "1"));
  peer.expect(message("c", "1"));
  // Who is asked for numbers does not know of it.
  const Census::Sum count = at.house.hub().census().of(TopicKind::Channel, "c", "");
  CHECK(count.subscribers == 1);
  CHECK(count.links == 0);
  CHECK(at.count(Counter::PubSubGaps) == 0);

  // Once it is lost there is no reason to come back.
  at.a.hangUp();
  at.b.expect("subscribe c");
  at.b.say(joined("c") + message("c", "2"));
  peer.expect(message("c", "2"));
  at.a.expectQuiet();
  CHECK(at.count(Counter::PubSubGaps) == 1);
}

TEST_CASE("subscriptions: what a node does not allow is the answer, and nothing is left of it") {
  Fixture at;
  Peer& peer = at.listener("d");
  peer.ask("SUBSCRIBE c e");
  at.a.expect("subscribe c");
  at.a.expect("subscribe e");
  at.a.say("-NOPERM this user has no permissions\r\n" + joined("e", ":2"));
  peer.expectLine("-NOPERM this user has no permissions");
  at.a.expect("unsubscribe e");
  at.a.say(left("e"));
  peer.ask("UNSUBSCRIBE d");
  at.passFence(at.a);
  at.a.expect("unsubscribe d");
  at.a.say(left("d"));
  peer.expect(left("d"));
}

TEST_CASE("subscriptions: past the deadline the command is given up") {
  Fixture at;
  Peer& peer = at.house.seat();
  peer.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  at.house.passDeadlines();
  peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
  at.a.expect("unsubscribe c");
  at.a.say(joined("c") + message("c", "x") + left("c"));
  peer.expectQuiet();
  peer.ask("GET bar");
  at.a.expect("GET bar");
}

TEST_CASE("subscriptions: given up is what no later command asks for") {
  Fixture at;
  Peer& peer = at.listener("z");
  at.listener("other");
  peer.ask("SUBSCRIBE p q");
  at.a.expect("subscribe p");
  at.a.expect("subscribe q");
  const uint64_t firstUs = at.later();
  peer.ask("SUBSCRIBE q");
  peer.expectQuiet();
  at.passDeadline(firstUs);
  peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
  at.a.expect("unsubscribe p");
  at.a.expectQuiet();
  peer.expectQuiet();
  at.a.say(joined("p") + joined("q", ":2") + left("p", ":1") + message("q", "x"));
  peer.expect(joined("q", ":3") + message("q", "x"));
}

TEST_CASE("subscriptions: given up is nothing that has been confirmed") {
  Fixture at;
  Peer& peer = at.listener("z");
  at.listener("q");
  peer.ask("SUBSCRIBE p q");
  at.a.expect("subscribe p");
  const uint64_t firstUs = at.later();
  peer.ask("SUBSCRIBE q");
  peer.expectQuiet();
  at.passDeadline(firstUs);
  peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
  peer.expect(joined("q", ":3"));
  at.a.expect("unsubscribe p");
  at.a.say(message("q", "x"));
  peer.expect(message("q", "x"));
}

TEST_CASE("subscriptions: whoever leaves does not wait for what others are subscribed to") {
  Fixture at;
  Peer& one = at.listener();
  Peer& two = at.house.seat();
  two.ask("SUBSCRIBE c");
  two.expect(joined("c"));
  at.a.stopListening();
  at.b.stopListening();
  at.a.hangUp();
  REQUIRE(at.house.stage.until([&] { return at.count(Counter::PubSubGaps) == 1; }));
  one.ask("UNSUBSCRIBE c");
  one.expect(left("c"));
}

TEST_CASE("subscriptions: messages that were held come before whatever is answered behind the confirmation") {
  Fixture at(2);
  Peer& peer = at.house.seat();
  peer.ask("SUBSCRIBE c");
  at.a.expect("subscribe c");
  at.a.say(joined("c") + message("c", "x"));
  peer.expectQuiet();
  peer.ask("UNSUBSCRIBE c");
  peer.ask("PING");
  at.a.expectQuiet();
  at.house.hub().heard(at.house.told.back().serial);
  peer.expect(joined("c") + message("c", "x"));
  at.passFence(at.a);
  at.a.expect("unsubscribe c");
  at.a.say(left("c"));
  peer.expectQuiet();
  at.house.hub().heard(at.house.told.back().serial);
  peer.expect(left("c") + "+PONG\r\n");
}

TEST_CASE("subscriptions: one begins when what was asked before is answered, and what comes behind leaves when it stands") {
  Fixture at;
  Peer& peer = at.speakingResp3();
  for (const char* request : {"GET foo", "SUBSCRIBE c", "PUBLISH c x", "UNSUBSCRIBE c", "GET bar"}) peer.ask(request);
  at.b.expect("GET foo");
  at.a.expectQuiet();
  at.b.say("_\r\n");
  at.a.expect("subscribe c");
  peer.expect("_\r\n");
  at.a.expectQuiet();
  at.a.say(joined("c") + message("c", "x"));
  peer.expect(push(joined("c")) + push(message("c", "x")));
  at.a.expect("PUBLISH c x");
  at.a.expectQuiet();
  at.a.say(":1\r\n");
  at.passFence(at.a);  // the message has arrived
  peer.expect(":1\r\n");
  at.passFence(at.a);
  at.a.expect("unsubscribe c");
  at.a.expectQuiet();
  at.a.say(left("c"));
  peer.expect(push(left("c")));
  at.a.expect("GET bar");
}

TEST_CASE("subscriptions: in a transaction the answer to EXEC waits until they stand") {
  Fixture at;
  Peer& peer = at.house.seat();
  for (const char* request : {"MULTI", "SUBSCRIBE c", "SSUBSCRIBE foo", "UNSUBSCRIBE c"}) peer.ask(request);
  peer.expect("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n");
  peer.ask("EXEC");
  at.a.expect("subscribe c");
  peer.expectQuiet();
  at.a.say(joined("c") + message("c", "x"));
  at.passFence(at.a);
  at.a.expect("unsubscribe c");
  at.a.say(left("c"));
  peer.expect("*3\r\n" + joined("c") + "-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n" + left("c"));
}

TEST_CASE("subscriptions: who has turned replies off is still told what a transaction has subscribed to") {
  Fixture at;
  Peer& peer = at.house.seat();
  for (const char* request : {"CLIENT REPLY OFF", "MULTI", "PING", "SUBSCRIBE c", "SSUBSCRIBE foo", "EXEC"}) peer.ask(request);
  at.a.expect("subscribe c");
  at.a.say(joined("c"));
  peer.expect(joined("c"));
  for (const char* request : {"MULTI", "PING", "EXEC", "RESET"}) peer.ask(request);
  at.a.expect("unsubscribe c");
  at.a.say(left("c"));
  peer.expect("+RESET\r\n");
}

TEST_CASE("subscriptions: a node that ends one by itself while it is asked to") {
  Fixture at;
  const auto shard = [](Slice verb, Slice topic) { return frame({verb, topic, ":1"}); };
  Peer& peer = at.house.seat();
  for (const char* topic : {"foo", "x"}) {
    peer.ask(std::string("SSUBSCRIBE ") + topic);
    at.b.expect(std::string("ssubscribe ") + topic);
    at.b.say(shard("ssubscribe", topic));
  }
  peer.expect(shard("ssubscribe", "foo") + frame({"ssubscribe", "x", ":2"}));
  // Its slot has gone while the request was on its way: the node says both.
  const std::string both = shard("sunsubscribe", "foo") + redirect("MOVED", "foo", at.a.endpoint());
  SUBCASE("and nothing else") {
    peer.ask("SUNSUBSCRIBE foo");
    at.passFence(at.b);
    at.b.expect("sunsubscribe foo");
    at.b.say(both);
    peer.expect(shard("sunsubscribe", "foo"));
  }
  SUBCASE("and for another") {
    peer.ask("SUNSUBSCRIBE foo");
    at.passFence(at.b);
    at.b.expect("sunsubscribe foo");
    Peer& other = at.house.seat();
    other.ask("SSUBSCRIBE {x}2");
    at.b.expect("ssubscribe {x}2");
    at.b.say(both + shard("ssubscribe", "{x}2"));
    peer.expect(shard("sunsubscribe", "foo"));
    other.expect(shard("ssubscribe", "{x}2"));
  }
  at.b.say(frame({"smessage", "x", "text"}));
  peer.expect(frame({"smessage", "x", "text"}));
  CHECK(at.b.waiting() == 0);
  CHECK(at.count(Counter::PubSubGaps) == 0);
}

TEST_CASE("subscriptions: a shard channel is found where its slot has gone") {
  Fixture at;
  Peer& peer = at.house.seat();
  peer.ask("SSUBSCRIBE foo");
  at.b.expect("ssubscribe foo");
  at.b.say(redirect("MOVED", "foo", at.a.endpoint()));
  at.a.expect("ssubscribe foo");
  at.a.say(frame({"ssubscribe", "foo", ":1"}));
  peer.expect(frame({"ssubscribe", "foo", ":1"}));

  // The slot leaves again: the node says so by ending the subscription.
  at.a.say(frame({"sunsubscribe", "foo", ":0"}));
  at.a.expect("ssubscribe foo");
  at.a.say(redirect("MOVED", "foo", at.b.endpoint()));
  at.b.expect("ssubscribe foo");
  at.b.say(frame({"ssubscribe", "foo", ":1"}) + frame({"smessage", "foo", "x"}));
  peer.expect(frame({"smessage", "foo", "x"}));
  peer.expectQuiet();
  CHECK(at.count(Counter::PubSubGaps) == 1);
}

TEST_CASE("subscriptions: events of all masters, and what is published under their names once") {
  Fixture at;
  Peer& peer = at.house.seat();
  peer.ask("PSUBSCRIBE *");
  at.a.expect("psubscribe *");
  at.b.expect("psubscribe *");
  at.a.say(frame({"psubscribe", "*", ":1"}));
  peer.expectQuiet();
  at.b.say(frame({"psubscribe", "*", ":1"}));
  peer.expect(frame({"psubscribe", "*", ":1"}));

  const auto event = [](Slice key) { return frame({"pmessage", "*", "__keyevent@0__:set", key}); };
  at.a.say(event("bar"));
  peer.expect(event("bar"));
  at.b.say(event("foo"));
  peer.expect(event("foo"));
  // An echo: "foo" is b's.
  at.a.say(event("foo") + frame({"pmessage", "*", "c", "x"}));
  at.b.say(frame({"pmessage", "*", "c", "x"}));
  peer.expect(frame({"pmessage", "*", "c", "x"}));
  peer.expectQuiet();
}

TEST_CASE("subscriptions: a pattern for everything hears on when other nodes have become the masters") {
  Fixture at;
  ScriptedNode c(at.house.stage, "c");
  ScriptedNode d(at.house.stage, "d");
  Peer& peer = at.house.seat();
  peer.ask("PSUBSCRIBE *");
  for (ScriptedNode* node : {&at.a, &at.b}) {
    node->expect("psubscribe *");
    node->say(frame({"psubscribe", "*", ":1"}));
  }
  peer.expect(frame({"psubscribe", "*", ":1"}));
  at.house.know(SlotMapBuilder().master("c", c.endpoint(), 0, 8191).master("d", d.endpoint(), 8192, 16383)
                    .replica("a", at.a.endpoint(), "c").replica("b", at.b.endpoint(), "d"));
  for (ScriptedNode* node : {&c, &d}) {
    node->expect("psubscribe *");
    node->say(frame({"psubscribe", "*", ":1"}));
  }
  const auto all = [](const std::string& bytes, std::initializer_list<ScriptedNode*> nodes) {
    for (ScriptedNode* node : nodes) node->say(bytes);
  };
  const std::string news = frame({"pmessage", "*", "news", "x"});
  all(news, {&c, &d, &at.a, &at.b});
  peer.expect(news);
  peer.expectQuiet();
  // A replica repeats the events of its master, and not all in the same words.
  all(frame({"pmessage", "*", "__keyevent@0__:del", "bar"}), {&at.a, &at.b});
  const uint64_t dueUs = at.nowUs() + EchoFilter::kHoldUs;
  REQUIRE(at.house.stage.until([&] { return at.nowUs() > dueUs; }));
  at.house.hub().tick();
  peer.expectQuiet();

  at.a.hangUp();
  at.b.hangUp();
  REQUIRE(at.house.stage.until([&] { return at.count(Counter::PubSubGaps) > 0; }));
  at.house.stage.pass();
  all(news, {&c, &d});
  peer.expect(news);
  peer.expectQuiet();
}

TEST_CASE("subscriptions: while a slot moves events of its keys come from both nodes") {
  Fixture at;
  Peer& peer = at.house.seat();
  peer.ask("SUBSCRIBE __keyevent@0__:incrby");
  const std::string stands = joined("__keyevent@0__:incrby");
  for (ScriptedNode* node : {&at.a, &at.b}) {
    node->expect("subscribe __keyevent@0__:incrby");
    node->say(stands);
  }
  peer.expect(stands);
  at.house.know(SlotMapBuilder().master("a", at.a.endpoint(), 0, 8191).master("b", at.b.endpoint(), 8192, 16383)
                    .migration(hashSlot("foo"), "b", "a"));
  const std::string event = message("__keyevent@0__:incrby", "foo");
  at.b.say(event);
  peer.expect(event);
  at.a.say(event + event);
  peer.expect(event + event);
}

TEST_CASE("subscriptions: while subscribed in RESP2") {
  Fixture at;
  Peer& peer = at.listener();
  peer.ask("PING");
  peer.expect(frame({"pong", ""}));
  peer.ask("GET bar");
  peer.expectLine(
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context");
  peer.ask("RESET");
  peer.expectLine("+RESET");
  at.a.expect("unsubscribe c");
  peer.ask("PING");
  peer.expectLine("+PONG");
}

TEST_CASE("subscriptions: who does not read is cut off at the limit, the others hear on") {
  Fixture at;
  at.house.settings.limits.clientPubsubBytes = 1 << 20;
  Peer& slow = at.listener();
  Peer& quick = at.house.seat();
  quick.ask("SUBSCRIBE c");
  quick.expect(joined("c"));
  slow.socket.reading = false;
  const std::string text(100000, 'x');
  for (int i = 0; i < 50 && at.house.clientsLeft() == 2; ++i) {
    at.a.say(message("c", text));
    quick.expect(message("c", text));
  }
  CHECK(at.house.clientsLeft() == 1);
  CHECK(at.house.failures(Failure::SubscriberLimit) == 1);
}

TEST_CASE("subscriptions: who is behind by much is cut off when that has been so for long, and not before") {
  Fixture at;
  at.house.settings.limits.clientPubsubSoftBytes = 64 * 1024;
  at.house.settings.limits.clientPubsubSoftMs = 60000;
  Peer& slow = at.listener();
  slow.socket.reading = false;
  const std::string text(100000, 'x');
  while (at.house.unread(0) < 100 * 1024) {
    at.a.say(message("c", text));
    at.house.stage.pass();
  }
  const uint64_t nowMs = at.house.stage.loop.nowMs();
  for (const uint64_t seconds : {0, 59}) at.house.client(0)->checkTime(0, nowMs + seconds * 1000);
  CHECK(at.house.clientsLeft() == 1);
  at.house.client(0)->checkTime(0, nowMs + 61 * 1000);
  at.house.stage.pass();
  CHECK(at.house.clientsLeft() == 0);
  CHECK(at.house.failures(Failure::SubscriberLimit) == 1);
}

TEST_CASE("subscriptions: who publishes does not wait for ever for a node that says nothing to who listens") {
  Fixture at;
  at.listener();
  Peer& speaker = at.house.seat();
  at.publish(speaker, "x");
  at.a.expect("PING");
  speaker.expectQuiet();
  at.house.hub().tick();
  speaker.expectQuiet();
  REQUIRE(at.house.stage.until([&] {
    at.house.hub().tick();
    return !speaker.socket.in.empty();
  }));
  speaker.expect(":1\r\n");
}

TEST_CASE("subscriptions: without a cluster they wait for it") {
  House house;
  ScriptedNode a(house.stage, "a");
  Peer& peer = house.seat();
  peer.ask("SUBSCRIBE c");
  peer.expectQuiet();
  house.know(SlotMapBuilder().master("a", a.endpoint(), 0, 16383));
  a.expect("subscribe c");
  a.say(joined("c"));
  peer.expect(joined("c"));
}
