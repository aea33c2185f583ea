// What a link says before its first leg, as data: a list of requests and how much their replies matter.
// Thread: the worker's (values).
#pragma once
#include <string>
#include <vector>

#include "base/slice.h"
#include "resp/version.h"

namespace slotway {

struct GreetingStep {
  enum class Expect : uint8_t {
    Ok,       ///< an error reply fails the link (credentials)
    Resp3,    ///< like Ok; an error may also say that the node does not speak RESP3
    Any,      ///< any reply will do (a courtesy the server may refuse), save that credentials are wanted (-NOAUTH)
    Number,   ///< like Any; an integer is the node's number for the connection
    Same,     ///< a reply other than an error must be `value` (identity of the node); an error is no answer
  };
  std::string wire;
  Expect expect = Expect::Any;
  std::string value;
};

using GreetingSteps = std::vector<GreetingStep>;

/// Asks for the node's number for the connection (see Link::number).
GreetingStep askForNumber();
/// The credentials if there are any (with HELLO where that is needed for the version), the node's identity when `nodeId`
/// is known, and our name.
/// Identity: an address that was given to another node must not receive this one's commands.
GreetingSteps makeGreeting(Slice username, Slice password, Slice nodeId,
                           resp::Version version = resp::Version::Resp2);

}  // namespace slotway
