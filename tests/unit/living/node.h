// A scripted node of a cluster on a loopback port. The test reads the requests that reach it one by one and says its
// answers byte by byte; only the links' greeting it answers by itself, unless told not to.
//
//     node.expect("GET k");  node.say("$1\r\nv\r\n");
//
// Owner: the test. Thread: the test's.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cluster/node.h"
#include "living/socket.h"
#include "living/stage.h"

namespace slotway::test {

class ScriptedNode final : public Actor {
 public:
  ScriptedNode(Stage& stage, std::string id);
  ~ScriptedNode();

  Endpoint endpoint() const { return {"127.0.0.1", port_}; }
  const std::string& id() const { return id_; }

  /// Waits for the next request that is not a greeting; its words are joined by blanks.
  std::string next();
  /// The same, and compares it.
  void expect(Slice request);
  /// Answers on the connection from which the last expected request came.
  void say(Slice bytes) { connections_.at(current_)->socket.send(bytes); }
  /// Nothing more comes.
  void expectQuiet();
  /// Ends that connection.
  void hangUp() { connections_.at(current_)->socket.close(); }
  /// Nobody listens at the port any more; connections stay.
  void stopListening() { listener_ = Descriptor(); }
  void listenAgain();

  size_t waiting() const { return requests_.size(); }
  size_t connections() const { return connections_.size(); }
  Socket& socket(size_t connection) { return connections_.at(connection)->socket; }
  /// The node's number for it.
  static size_t number(size_t connection) { return connection + 100; }
  /// Everything that came over a connection, with the greeting.
  const std::string& raw(size_t connection) const { return connections_.at(connection)->raw; }

  bool answersGreeting = true;
  std::string identity;        ///< what it says to CLUSTER MYID
  std::string authReply = "+OK\r\n";
  std::string helloReply = "%1\r\n$5\r\nproto\r\n:3\r\n";

 private:
  struct Connection {
    explicit Connection(int fd) : socket(fd) {}
    Socket socket;
    std::string raw;
  };
  struct Arrived {
    std::string words;
    size_t connection;
  };

  void look() override;
  void take(size_t connection);
  bool greeted(size_t connection, const std::string& words);

  Stage& stage_;
  const std::string id_;
  Descriptor listener_;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Arrived> requests_;
  size_t current_ = 0;
};

}  // namespace slotway::test
