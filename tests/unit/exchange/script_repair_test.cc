// A node that lacks what a call names is given it, once; nothing overtakes; and what was flushed does not come back.
#include "base/sha1.h"
#include "living/house.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr Slice kNoScript = "-NOSCRIPT No matching script. Please use EVAL.\r\n";
constexpr Slice kNoFunction = "-ERR Function not found\r\n";
constexpr Slice kNotLua = "-ERR Error compiling script (new function): user_script:1: unexpected symbol\r\n";
const std::string kSha = sha1Hex("body");
const std::string kCall = "EVALSHA " + kSha + " 1 k";

struct Stand {
  Stand() : a(house.stage, "a"), b(house.stage, "b"), peer(house.seat()) {
    SlotMapBuilder map;
    house.know(map.master("a", a.endpoint()).master("b", b.endpoint()).slots("b", 0, 8191).slots("a", 8192, 16383));
  }
  Scripts& scripts() { return house.router().scripts(); }
  /// From here on control's part is the test's.
  void playControl() {
    scripts().connect([this](ScriptsToControl letter) { said.push_back(std::move(letter)); });
  }
  ScriptWish wished(ScriptWish::Kind kind) {
    REQUIRE(house.stage.until([&] { return !said.empty() && std::holds_alternative<ScriptWish>(said.back()); }));
    const ScriptWish wish = std::get<ScriptWish>(said.back());
    CHECK(wish.kind == kind);
    return wish;
  }
  void grant(const ScriptWish& wish) { house.router().hear(WishGranted{wish.ticket}); }
  bool saidForgotten() const { return !said.empty() && std::holds_alternative<ScriptsForgotten>(said.back()); }

  std::vector<ScriptsToControl> said;
  House house;
  ScriptedNode a;  ///< owns a
  ScriptedNode b;  ///< owns k
  Peer& peer;
};

}  // namespace

TEST_CASE("script repair: the body that one node was sent is brought to another") {
  Stand stand;
  stand.peer.ask("EVAL body 1 a");
  stand.a.expect("EVAL body 1 a");
  stand.a.say(":1\r\n");
  stand.peer.expect(":1\r\n");
  stand.peer.ask(kCall);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  stand.b.expect("EVAL body 1 k");
  stand.peer.expectQuiet();
  stand.b.say(":2\r\n");
  stand.peer.expect(":2\r\n");
  CHECK(stand.house.cells->get(Counter::Retries, static_cast<size_t>(RetryReason::NoScript)) == 1);
}

TEST_CASE("script repair: a script that was loaded, called read-only and without keys") {
  Stand stand;
  stand.peer.ask("SCRIPT LOAD body");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("SCRIPT LOAD body");
    node->say(bulk(kSha));
  }
  stand.peer.expect(bulk(kSha));
  stand.peer.ask("EVALSHA_RO " + kSha + " 0");
  stand.b.expect("EVALSHA_RO " + kSha + " 0");
  stand.b.say(kNoScript);
  stand.b.expect("EVAL_RO body 0");
  stand.b.say(":2\r\n");
  stand.peer.expect(":2\r\n");
}

TEST_CASE("script repair: what nobody knows is answered as the node did") {
  Stand stand;
  stand.peer.ask(kCall);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  stand.peer.expect(kNoScript);
  stand.b.expectQuiet();
}

TEST_CASE("script repair: other workers are asked before a client hears of it") {
  Stand stand;
  stand.playControl();
  stand.peer.ask(kCall);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  const ScriptWish wish = stand.wished(ScriptWish::Kind::HearAll);
  stand.peer.expectQuiet();
  SUBCASE("one of them knew") {
    stand.house.router().hear(ScriptNews{ScriptNews::Kind::Seen, 1, std::make_shared<const Script>(Script{kSha, "body"})});
    stand.grant(wish);
    stand.b.expect("EVAL body 1 k");
    stand.b.say(":1\r\n");
    stand.peer.expect(":1\r\n");
  }
  SUBCASE("none did") {
    stand.grant(wish);
    stand.peer.expect(kNoScript);
    stand.b.expectQuiet();
  }
  SUBCASE("no answer before the deadline: it was not executed") {
    stand.house.passDeadlines();
    stand.peer.expectLine("-" + std::string(textOf(Failure::DeadlineUnsent)));
    stand.grant(wish);
    stand.b.expectQuiet();
  }
  SUBCASE("the client leaves meanwhile") {
    stand.house.client(0)->close();
    stand.house.stage.pass();
    stand.grant(wish);
    stand.b.expectQuiet();
  }
}

TEST_CASE("script repair: calls on one key go again in their order") {
  Stand stand;
  stand.scripts().learn("body");
  for (const char* value : {" 1", " 2", " 3"}) stand.peer.ask(kCall + value);
  for (const char* value : {" 1", " 2", " 3"}) stand.b.expect(kCall + value);
  for (int i = 0; i < 3; ++i) stand.b.say(kNoScript);
  for (const char* value : {" 1", " 2", " 3"}) stand.b.expect("EVAL body 1 k" + std::string(value));
  stand.b.say(":1\r\n:2\r\n:3\r\n");
  stand.peer.expect(":1\r\n:2\r\n:3\r\n");
}

TEST_CASE("script repair: a call that a later command on its key has overtaken is not made up for") {
  Stand stand;
  stand.scripts().learn("body");
  stand.peer.ask(kCall);
  stand.peer.ask("SET k v");
  stand.b.expect(kCall);
  stand.b.expect("SET k v");
  stand.b.say(std::string(kNoScript) + "+OK\r\n");
  stand.peer.expect(std::string(kNoScript) + "+OK\r\n");
  stand.b.expectQuiet();
}

TEST_CASE("script repair: a node that does not take the body either") {
  Stand stand;
  stand.scripts().learn("body");
  stand.peer.ask(kCall);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  stand.b.expect("EVAL body 1 k");
  SUBCASE("it is no script: nobody ever knew it") {
    stand.b.say(kNotLua);
    stand.peer.expect(kNoScript);
    CHECK(stand.scripts().find(kSha) == nullptr);
  }
  SUBCASE("the script itself says so: it has run, and is not run again") {
    stand.b.say(kNoScript);
    stand.peer.expect(kNoScript);
    stand.b.expectQuiet();
  }
}

TEST_CASE("script repair: a body that does not compile is not remembered") {
  Stand stand;
  stand.peer.ask("EVAL body 1 k");
  stand.b.expect("EVAL body 1 k");
  stand.b.say(kNotLua);
  stand.peer.expect(kNotLua);
  CHECK(stand.scripts().find(kSha) == nullptr);
}

TEST_CASE("script repair: what is remembered exists") {
  Stand stand;
  stand.scripts().learn("body");
  const std::string question = "SCRIPT EXISTS " + kSha + " abc def";
  stand.peer.ask(question);
  stand.a.expect(question);
  stand.a.say("*3\r\n:1\r\n:1\r\n:0\r\n");
  stand.b.expect(question);
  SUBCASE("although one node lacks it") {
    stand.b.say("*3\r\n:0\r\n:1\r\n:1\r\n");
    stand.peer.expect("*3\r\n:1\r\n:1\r\n:0\r\n");
  }
  SUBCASE("errors stay errors") {
    stand.b.say("-ERR no\r\n");
    stand.peer.expectBegin("-ERR SCRIPT EXISTS: 1 of 2 parts failed");
  }
}

TEST_CASE("script repair: the nodes forget after the workers have, and commands behind wait for it") {
  Stand stand;
  stand.scripts().learn("body");
  stand.playControl();
  stand.peer.ask("SCRIPT FLUSH");
  stand.peer.ask(kCall);
  const ScriptWish wish = stand.wished(ScriptWish::Kind::ForgetAll);
  stand.a.expectQuiet();
  stand.b.expectQuiet();
  stand.house.router().hear(ForgetScripts{2});
  CHECK(stand.saidForgotten());
  stand.grant(wish);
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("SCRIPT FLUSH");
    node->expectQuiet();
    node->say(kOk);
  }
  stand.peer.expect(kOk);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  stand.grant(stand.wished(ScriptWish::Kind::HearAll));
  stand.peer.expect(kNoScript);
}

TEST_CASE("script repair: a worker has not forgotten before what it brings has arrived") {
  Stand stand;
  stand.scripts().learn("body");
  stand.playControl();
  stand.peer.ask(kCall);
  stand.b.expect(kCall);
  stand.b.say(kNoScript);
  stand.b.expect("EVAL body 1 k");
  stand.house.router().hear(ForgetScripts{2});
  CHECK_FALSE(stand.saidForgotten());
  SUBCASE("answered") { stand.b.say(":1\r\n"); }
  SUBCASE("lost") { stand.b.hangUp(); }
  SUBCASE("its client has left, and it is answered") {
    stand.house.client(0)->close();
    stand.house.stage.pass();
    CHECK_FALSE(stand.saidForgotten());
    stand.b.say(":1\r\n");
  }
  SUBCASE("past its deadline, and it is answered") {
    stand.house.passDeadlines();
    stand.house.stage.pass();
    CHECK_FALSE(stand.saidForgotten());
    stand.b.say(":1\r\n");
  }
  CHECK(stand.house.stage.until([&] { return stand.saidForgotten(); }));
}

TEST_CASE("script repair: a flush that is none goes to the nodes, and nothing is forgotten") {
  Stand stand;
  stand.scripts().learn("body");
  stand.playControl();
  stand.peer.ask("SCRIPT FLUSH bogus");
  for (ScriptedNode* node : {&stand.a, &stand.b}) {
    node->expect("SCRIPT FLUSH bogus");
    node->say("-ERR SCRIPT FLUSH only support SYNC|ASYNC option\r\n");
  }
  stand.peer.expectLine("-ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  CHECK(stand.said.empty());
  CHECK(stand.scripts().find(kSha) != nullptr);
}

TEST_CASE("script repair: a function that a node lacks is brought by control, and the call goes again once") {
  Stand stand;
  stand.playControl();
  stand.peer.ask("FCALL f 1 k");
  stand.b.expect("FCALL f 1 k");
  stand.b.say(kNoFunction);
  const ScriptWish wish = stand.wished(ScriptWish::Kind::BringFunction);
  CHECK(wish.node == "b");
  CHECK(wish.function == "f");
  stand.b.expectQuiet();
  stand.grant(wish);
  stand.b.expect("FCALL f 1 k");
  SUBCASE("it is there now") {
    stand.b.say(":1\r\n");
    stand.peer.expect(":1\r\n");
  }
  SUBCASE("there is none") {
    stand.b.say(kNoFunction);
    stand.peer.expect(kNoFunction);
    stand.b.expectQuiet();
  }
}

TEST_CASE("script repair: while functions are changed none is brought") {
  Stand stand;
  stand.playControl();
  stand.peer.ask("FUNCTION DELETE lib");
  const ScriptWish wish = stand.wished(ScriptWish::Kind::HoldFunctions);
  stand.a.expectQuiet();
  stand.grant(wish);
  for (ScriptedNode* node : {&stand.a, &stand.b}) node->expect("FUNCTION DELETE lib");
  stand.a.say(kOk);
  stand.peer.expectQuiet();
  CHECK(stand.said.size() == 1);
  stand.said.clear();
  SUBCASE("answered") {
    stand.b.say(kOk);
    stand.peer.expect(kOk);
  }
  SUBCASE("its client has left") {
    stand.house.client(0)->close();
    stand.house.stage.pass();
    CHECK(stand.said.empty());
    stand.b.say(kOk);
  }
  stand.wished(ScriptWish::Kind::FreeFunctions);
}
