#include "uv/stream.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

#include "living/node.h"
#include "living/socket.h"
#include "living/stage.h"

using namespace slotway;
using namespace slotway::test;

namespace {

constexpr size_t kMegabyte = 1024 * 1024;

// Notes down what its stream tells.
struct Owner final : StreamOwner {
  explicit Owner(Loop& loop) : loop_(loop), stream(std::make_unique<Stream>(*this)) {}

  std::pair<char*, size_t> readTarget() override { return {loop_.readBuffer(), Loop::kReadBytes}; }
  void onBytes(size_t count) override {
    in.append(loop_.readBuffer(), count);
    if (goesAtBytes) stream.reset();
  }
  void onEnd() override { ended = true; }
  void onBroken(Slice reason) override { broken = reason; }
  void onWritten() override { ++written; }
  void onConnected(Slice failure) override {
    connected = true;
    connectFailure = failure;
  }

  Loop& loop_;
  std::unique_ptr<Stream> stream;
  std::string in;
  std::string broken;
  std::string connectFailure;
  bool connected = false;
  bool ended = false;
  bool goesAtBytes = false;
  int written = 0;
};

// A stream over one end of a socket pair; the other end is the actor.
struct Pair final : Actor {
  explicit Pair(Stage& s) : stage(s), owner(s.loop), far(-1) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    REQUIRE(owner.stream->open(stage.loop, ends[0]));
    far = Socket(ends[1]);
    stage.enter(*this);
  }
  ~Pair() { stage.leave(*this); }
  void look() override { far.look(); }

  Stage& stage;
  Owner owner;
  Socket far;
};

// A port at which nobody listens.
uint16_t deadPort(Stage& stage) {
  ScriptedNode node(stage, "gone");
  return node.endpoint().port;
}

std::string pattern(size_t size, char first) {
  std::string text(size, ' ');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(first + i % 23);
  return text;
}

}  // namespace

TEST_CASE("stream: connects by address and by name") {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    CAPTURE(host);
    Stage stage;
    ScriptedNode node(stage, "a");
    Owner owner(stage.loop);
    owner.stream->connect(stage.loop, host, node.endpoint().port);
    CHECK_FALSE(owner.connected);  // never from inside
    REQUIRE(stage.until([&] { return owner.connected && node.connections() == 1; }));
    CHECK(owner.connectFailure == "");
    CHECK(owner.stream->fd() >= 0);
  }
}

TEST_CASE("stream: says why it could not connect") {
  Stage stage;
  Owner refused(stage.loop);
  refused.stream->connect(stage.loop, "127.0.0.1", deadPort(stage));
  Owner unknown(stage.loop);
  unknown.stream->connect(stage.loop, "no such host", 1);
  REQUIRE(stage.until([&] { return refused.connected && unknown.connected; }));
  CHECK(refused.connectFailure == "connection refused");
  CHECK(unknown.connectFailure != "");
}

TEST_CASE("stream: may go at any moment of a connect") {
  // Each number of turns ends in another stage of it: look-up, connect, connected.
  for (int turns = 0; turns < 6; ++turns) {
    Stage stage;
    ScriptedNode node(stage, "a");
    Owner owner(stage.loop);
    owner.stream->connect(stage.loop, "127.0.0.1", node.endpoint().port);
    for (int i = 0; i < turns; ++i) stage.turn();
    owner.stream.reset();
    stage.pass();
  }
}

TEST_CASE("stream: a slow reader gets every byte, of pieces that are copied and of pieces that are not") {
  Stage stage;
  Pair pair(stage);
  pair.far.reading = false;
  // The small ones lie in memory that is written over at once; the large ones stay.
  std::vector<std::string> large = {pattern(3 * kMegabyte, 'a'), pattern(Stream::kCopiedBytes + 1, 'b')};
  std::vector<std::string> small = {pattern(100, 'c'), pattern(Stream::kCopiedBytes, 'd'), "", pattern(1, 'e')};
  const std::string expected = small[0] + large[0] + small[1] + small[2] + large[1] + small[3];
  {
    const std::vector<Slice> pieces = {small[0], large[0], small[1], small[2], large[1], small[3]};
    CHECK(pair.owner.stream->write(pieces) == Stream::Written::Waiting);
  }
  for (std::string& text : small) text.assign(text.size(), '!');
  CHECK(pair.owner.stream->writing());
  stage.pass();
  CHECK(pair.owner.written == 0);
  pair.far.reading = true;
  REQUIRE(stage.until([&] { return pair.far.in.size() >= expected.size(); }));
  CHECK((pair.far.in == expected));
  REQUIRE(stage.until([&] { return pair.owner.written == 1; }));
  CHECK_FALSE(pair.owner.stream->writing());
  const Slice more = "more";
  CHECK(pair.owner.stream->write({&more, 1}) == Stream::Written::All);
}

TEST_CASE("stream: more pieces than one system call takes") {
  Stage stage;
  Pair pair(stage);
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back(pattern(static_cast<size_t>(i % 700), static_cast<char>('a' + i % 26)));
  std::string expected;
  for (const std::string& text : texts) expected += text;
  const std::vector<Slice> pieces(texts.begin(), texts.end());
  pair.owner.stream->write(pieces);
  REQUIRE(stage.until([&] { return pair.far.in.size() >= expected.size(); }));
  CHECK((pair.far.in == expected));
}

TEST_CASE("stream: a very large write leaves in several looks, with others' turns between") {
  Stage stage;
  Pair pair(stage);
  const int most = 16 * 1024 * 1024;  // the socket would take it all
  setsockopt(pair.owner.stream->fd(), SOL_SOCKET, SO_SNDBUFFORCE, &most, sizeof most);
  const std::string text = pattern(kMegabyte, 'a');
  SUBCASE("in pieces") {
    const Slice pieces[] = {Slice(text).substr(0, kMegabyte / 2), Slice(text).substr(kMegabyte / 2)};
    CHECK(pair.owner.stream->write(pieces) == Stream::Written::Waiting);
    CHECK(pair.owner.stream->unwritten() >= kMegabyte / 2);
    REQUIRE(stage.until([&] { return pair.owner.written == 1; }));
  }
  SUBCASE("bytes of one's own") {
    CHECK(pair.owner.stream->write(Bytes(text)) == Stream::Written::Waiting);
    CHECK(pair.owner.stream->unwritten() >= kMegabyte / 2);
    REQUIRE(stage.until([&] { return pair.owner.written == 1; }));
  }
  REQUIRE(stage.until([&] { return pair.far.in.size() == kMegabyte; }));
  CHECK((pair.far.in == text));
}

TEST_CASE("stream: goes in the middle of a write; what it did not copy may be freed then") {
  Stage stage;
  Pair pair(stage);
  pair.far.reading = false;
  auto large = std::make_unique<std::string>(pattern(4 * kMegabyte, 'a'));
  const Slice piece = *large;
  REQUIRE(pair.owner.stream->write({&piece, 1}) == Stream::Written::Waiting);
  stage.pass();
  pair.owner.stream.reset();
  large.reset();
  pair.far.reading = true;
  REQUIRE(stage.until([&] { return pair.far.ended(); }));
  CHECK(pair.owner.written == 0);
  CHECK(pair.owner.broken == "");
}

TEST_CASE("stream: goes in the middle of a read, from inside the call") {
  Stage stage;
  Pair pair(stage);
  pair.owner.goesAtBytes = true;
  pair.owner.stream->startReading();
  pair.far.send(pattern(4 * kMegabyte, 'a'));
  REQUIRE(stage.until([&] { return pair.owner.stream == nullptr; }));
  stage.pass();
  CHECK(pair.owner.in.size() <= Loop::kReadBytes);
}

TEST_CASE("stream: reads when it should, and tells an end from a break") {
  Stage stage;
  Pair pair(stage);
  pair.far.send("one");
  stage.pass();
  CHECK(pair.owner.in == "");
  pair.owner.stream->startReading();
  REQUIRE(stage.until([&] { return pair.owner.in == "one"; }));
  pair.owner.stream->stopReading();
  CHECK_FALSE(pair.owner.stream->reading());
  pair.far.send("two");
  stage.pass();
  CHECK(pair.owner.in == "one");
  pair.owner.stream->startReading();
  REQUIRE(stage.until([&] { return pair.owner.in == "onetwo"; }));
  pair.far.end();
  REQUIRE(stage.until([&] { return pair.owner.ended; }));
  CHECK(pair.owner.broken == "");
  const Slice late = "late";
  CHECK(pair.owner.stream->write({&late, 1}) == Stream::Written::All);
  REQUIRE(stage.until([&] { return pair.far.in == "late"; }));
}

TEST_CASE("stream: a reset is a break") {
  Stage stage;
  ScriptedNode node(stage, "a");
  Owner owner(stage.loop);
  owner.stream->connect(stage.loop, "127.0.0.1", node.endpoint().port);
  REQUIRE(stage.until([&] { return owner.connected && node.connections() == 1; }));
  owner.stream->startReading();
  node.socket(0).reset();
  REQUIRE(stage.until([&] { return !owner.broken.empty(); }));
  CHECK(owner.broken == "connection reset by peer");
  CHECK_FALSE(owner.ended);
}

TEST_CASE("stream: a write that waits and then fails is told once") {
  Stage stage;
  Pair pair(stage);
  pair.far.reading = false;
  const std::string large = pattern(4 * kMegabyte, 'a');
  const Slice piece = large;
  REQUIRE(pair.owner.stream->write({&piece, 1}) == Stream::Written::Waiting);
  pair.far.close();
  REQUIRE(stage.until([&] { return !pair.owner.broken.empty(); }));
  CHECK(pair.owner.written == 0);
  CHECK_FALSE(pair.owner.stream->writing());
  CHECK(pair.owner.stream->write({&piece, 1}) == Stream::Written::Broken);
}
