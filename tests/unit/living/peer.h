// A scripted client: the far end of a client's connection.
//
//     peer.ask("GET k");  ...  peer.expect("$1\r\nv\r\n");
//
// Owner: the test. Thread: the test's.
#pragma once
#include <string>

#include "living/socket.h"
#include "living/stage.h"
#include "living/wire.h"

namespace slotway::test {

class Peer final : public Actor {
 public:
  Peer(Stage& stage, int fd) : socket(fd), stage_(stage) { stage_.enter(*this); }
  ~Peer() { stage_.leave(*this); }

  /// A request as client libraries send it.
  void ask(const std::string& words) { socket.send(wireOf(words)); }
  void send(Slice bytes) { socket.send(bytes); }

  /// Waits for exactly these bytes next.
  void expect(Slice bytes) {
    stage_.until([&] { return socket.in.size() >= bytes.size() || socket.ended(); });
    const std::string got = socket.in.substr(0, bytes.size());
    REQUIRE(got.substr(0, 200) == bytes.substr(0, 200));
    REQUIRE((got == bytes));
    socket.in.erase(0, bytes.size());
  }
  void expectLine(Slice line) { expect(std::string(line) + "\r\n"); }
  /// Waits for one line that begins so, and gives it.
  std::string expectBegin(Slice beginning) {
    stage_.until([&] { return socket.in.find("\r\n") != std::string::npos || socket.ended(); });
    const std::string line = socket.in.substr(0, socket.in.find("\r\n"));
    REQUIRE(line.substr(0, beginning.size()) == beginning);
    socket.in.erase(0, line.size() + 2);
    return line;
  }
  void expectEnd() {
    REQUIRE(stage_.until([&] { return socket.ended(); }));
    CHECK(socket.in == "");
  }
  void expectQuiet() {
    stage_.pass();
    CHECK(socket.in == "");
    CHECK_FALSE(socket.ended());
  }

  Socket socket;

 private:
  void look() override { socket.look(); }

  Stage& stage_;
};

}  // namespace slotway::test
