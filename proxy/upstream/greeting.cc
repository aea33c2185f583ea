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

}  // namespace

GreetingSteps makeGreeting(Slice username, Slice password, Slice nodeId) {
  GreetingSteps greeting;
  if (!password.empty()) {
    std::string wire = username.empty() ? wireOf({"AUTH", password}) : wireOf({"AUTH", username, password});
    greeting.push_back({std::move(wire), GreetingStep::Expect::Ok, ""});
  }
  if (!nodeId.empty()) {
    greeting.push_back({wireOf({"CLUSTER", "MYID"}), GreetingStep::Expect::Same, std::string(nodeId)});
  }
  greeting.push_back({wireOf({"CLIENT", "SETNAME", "slotway"}), GreetingStep::Expect::Any, ""});
  return greeting;
}

}  // namespace slotway
