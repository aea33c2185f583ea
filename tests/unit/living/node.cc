#include "living/node.h"

#include <netinet/in.h>

#include "base/check.h"
#include "resp/request_parser.h"

namespace slotway::test {

ScriptedNode::ScriptedNode(Stage& stage, std::string id) : identity(id), stage_(stage), id_(std::move(id)) {
  listenAgain();
  stage_.enter(*this);
}

ScriptedNode::~ScriptedNode() { stage_.leave(*this); }

void ScriptedNode::listenAgain() {
  listener_ = Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  const int on = 1;
  setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t length = sizeof address;
  CHECK_THAT(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) == 0);
  CHECK_THAT(listen(listener_.get(), 16) == 0);
  getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
}

void ScriptedNode::look() {
  for (int fd = 0; listener_.get() >= 0 && (fd = accept(listener_.get(), nullptr, nullptr)) >= 0;) {
    connections_.push_back(std::make_unique<Connection>(fd));
  }
  for (size_t i = 0; i < connections_.size(); ++i) {
    connections_[i]->socket.look();
    take(i);
    connections_[i]->socket.look();
  }
}

void ScriptedNode::take(size_t connection) {
  Connection& from = *connections_[connection];
  RequestParser parser;
  std::vector<Slice> args;
  while (!from.socket.in.empty()) {
    args.clear();
    std::string& in = from.socket.in;
    if (parser.parse(in.data(), in.size(), args, {}) != RequestParser::Status::Complete) return;
    std::string words;
    for (const Slice arg : args) words.append(words.empty() ? "" : " ").append(arg);
    from.raw.append(in, 0, parser.consumed());
    in.erase(0, parser.consumed());
    if (!answersGreeting || !greeted(connection, words)) requests_.push_back({words, connection});
  }
}

bool ScriptedNode::greeted(size_t connection, const std::string& words) {
  Socket& socket = connections_[connection]->socket;
  if (words.starts_with("AUTH ")) {
    socket.send(authReply);
  } else if (words == "HELLO 3" || words.starts_with("HELLO 3 AUTH ")) {
    socket.send(helloReply);
  } else if (words == "CLUSTER MYID") {
    socket.send("$" + std::to_string(identity.size()) + "\r\n" + identity + "\r\n");
  } else if (words == "CLIENT SETNAME slotway") {
    socket.send("+OK\r\n");
  } else if (words == "CLIENT ID") {
    socket.send(":" + std::to_string(number(connection)) + "\r\n");
  } else {
    return false;
  }
  return true;
}

std::string ScriptedNode::next() {
  REQUIRE_MESSAGE(stage_.until([this] { return !requests_.empty(); }), "nothing came");
  const Arrived first = requests_.front();
  requests_.pop_front();
  current_ = first.connection;
  return first.words;
}

void ScriptedNode::expect(Slice request) {
  CAPTURE(std::string(request.substr(0, 100)));
  const std::string words = next();
  // A long one is not printed when it differs.
  REQUIRE(words.substr(0, 200) == request.substr(0, 200));
  REQUIRE((words == request));
}

void ScriptedNode::expectQuiet() {
  stage_.pass();
  CHECK(requests_.empty());
  if (!requests_.empty()) MESSAGE("came: " << requests_.front().words.substr(0, 200));
}

}  // namespace slotway::test
