#include "upstream/greeting.h"

#include <array>

#include "resp/writer.h"

namespace slotway {
namespace {

std::string wireOf(std::initializer_list<Slice> args) {
  Bytes out;
  resp::request(out, {args.begin(), args.size()});
  return std::string(out.slice());
}

std::string authWire(Slice username, Slice password) {
  return username.empty() ? wireOf({"AUTH", password}) : wireOf({"AUTH", username, password});
}

// Source: HELLO of Redis 6; the user that an AUTH without one means is "default".
std::string helloWire(Slice username, Slice password) {
  if (password.empty()) return wireOf({"HELLO", "3"});
  return wireOf({"HELLO", "3", "AUTH", username.empty() ? "default" : username, password});
}

}  // namespace

GreetingStep askForNumber() { return {wireOf({"CLIENT", "ID"}), GreetingStep::Expect::Number, ""}; }

GreetingSteps makeGreeting(Slice username, Slice password, Slice nodeId, resp::Version version) {
  GreetingSteps greeting;
  if (version == resp::Version::Resp3) {
    greeting.push_back({helloWire(username, password), GreetingStep::Expect::Resp3, ""});
  } else if (!password.empty()) {
    greeting.push_back({authWire(username, password), GreetingStep::Expect::Ok, ""});
  }
  if (!nodeId.empty()) {
    greeting.push_back({wireOf({"CLUSTER", "MYID"}), GreetingStep::Expect::Same, std::string(nodeId)});
  }
  greeting.push_back({wireOf({"CLIENT", "SETNAME", "slotway"}), GreetingStep::Expect::Any, ""});
  return greeting;
}

}  // namespace slotway
