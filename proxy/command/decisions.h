// What we decide about commands: by hand, and only where the proxy departs from 'route by key, or as the request and
// response policies say, and answer as is'. One row, one reason. A row names a command, or with "config|*" all
// subcommands that have no row of their own (their HELP excepted: any node can answer that).
//
//     refuse("blpop", "ERR BLPOP ...")     the reason is the line that the client reads
//     local("ping", "...")                 the reason goes into COMMANDS.md
//
// A row for a name that the facts do not know stops the program at start, unless it says that it adds the command, or that
// the cluster may.
// Owner: the program (constants). Thread: any.
#pragma once
#include <span>

#include "base/slice.h"
#include "command/command.h"
#include "command/fact_reader.h"

namespace slotway {

struct Decision {
  Slice name;
  Lane lane = Lane::ByKey;
  Slice reason;
  Merge merge = Merge::First;
  Reach reach = Reach::Masters;
  SpecialPlan special = SpecialPlan::None;
  Across across = Across::No;
  TimeoutAt timeoutAt = TimeoutAt::Nowhere;
  bool ownLink = false;
  Recount recount = Recount::None;
  int addedArity = 0;  ///< not 0: the command is not in the facts (newer servers have it) and this is its arity
  bool ifLearned = false;  ///< it is not in the facts, and there where the cluster has it
};

/// A command whose keys its specs do not tell.
struct FinderChoice {
  Slice name;
  Finder finder;
};

/// A command that is about scripts or functions.
struct ScriptRoleChoice {
  Slice name;
  ScriptRole role;
};

/// A command that a listener with a keyspace of its own has to know more of than its keys.
struct InKeyspaceChoice {
  Slice name;
  InKeyspace what;
};

std::span<const Decision> decisions();
std::span<const FinderChoice> finderChoices();
std::span<const ScriptRoleChoice> scriptRoles();
std::span<const InKeyspaceChoice> inKeyspaceChoices();

/// Joins: gives `command` its lane, merge, reach, finder and reason from `decisions`, else from its facts and tips.
/// `origin` learned: what holds a link hostage or administers a node is refused, nobody having thought about it.
enum class Origin : uint8_t { OurBuild, Learned };
void decide(Command& command, const Tips& tips, Origin origin);

}  // namespace slotway
