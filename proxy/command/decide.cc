#include <algorithm>

#include "command/decisions.h"

namespace slotway {
namespace {

struct ResponsePolicy {
  Slice word;
  Merge merge;
};

// Source: Redis documentation, "Command tips", response_policy.
constexpr ResponsePolicy kResponsePolicies[] = {
    {"one_succeeded", Merge::AnyOk},     {"all_succeeded", Merge::AllOk}, {"agg_logical_and", Merge::AllTrue},
    {"agg_logical_or", Merge::AnyTrue}, {"agg_min", Merge::Min},         {"agg_max", Merge::Max},
    {"agg_sum", Merge::Sum},
};

const Decision* rowNamed(Slice name) {
  const auto rows = decisions();
  const auto found = std::ranges::find(rows, name, &Decision::name);
  return found == rows.end() ? nullptr : &*found;
}

// The row for all subcommands of a container that have none of their own.
const Decision* rowForAllOf(Slice fullName) {
  const size_t bar = fullName.find('|');
  if (bar == Slice::npos || fullName.substr(bar + 1) == "help") return nullptr;
  return rowNamed(std::string(fullName.substr(0, bar + 1)) + "*");
}

const Decision* rowFor(Slice name) {
  const Decision* own = rowNamed(name);
  return own != nullptr ? own : rowForAllOf(name);
}

void refuse(Command& command, Slice reason) {
  command.lane = Lane::Refuse;
  command.reason = reason;
}

void take(Command& command, const Decision& row) {
  command.lane = row.lane;
  command.merge = row.merge;
  command.reach = row.reach;
  command.special = row.special;
  command.across = row.across;
  command.timeoutAt = row.timeoutAt;
  command.ownLink = row.ownLink;
  command.recount = row.recount;
  command.reason = row.reason;
}

// A command without a response policy: replies of parts are put back in the order of the keys, replies of nodes are
// arrays to be strung together.
bool gather(Command& command, Slice responsePolicy) {
  if (responsePolicy.empty()) {
    command.merge = command.lane == Lane::Split ? Merge::KeyOrder : Merge::Concat;
    return true;
  }
  const auto* found = std::ranges::find(kResponsePolicies, responsePolicy, &ResponsePolicy::word);
  if (found == std::end(kResponsePolicies)) return false;
  command.merge = found->merge;
  return true;
}

// Keys that can be dealt out: one range from a fixed place to the end.
bool canSplit(const Command& command) {
  if (command.keySpecs.size() != 1) return false;
  const KeySpec& spec = command.keySpecs.front();
  return spec.begin == KeySpec::Begin::Index && spec.beginIndex == 1 && spec.find == KeySpec::Find::Range &&
         spec.lastKey == -1 && spec.limit <= 1 && !spec.incomplete;
}

void followTips(Command& command, const Tips& tips) {
  const Slice policy = tips.requestPolicy;
  const bool spreads = policy == "all_shards" || policy == "all_nodes" || (policy == "multi_shard" && canSplit(command));
  if (!spreads) {
    command.lane = command.keySpecs.empty() ? Lane::AnyNode : Lane::ByKey;
    if (policy == "special") refuse(command, "ERR this command is not supported: it needs a way of its own to the nodes");
    return;
  }
  command.lane = policy == "multi_shard" ? Lane::Split : Lane::FanOut;
  command.reach = policy == "all_nodes" ? Reach::AllNodes : Reach::Masters;
  if (!gather(command, tips.responsePolicy)) {
    refuse(command, "ERR this command is not supported: the answers of several nodes cannot be made one");
  }
}

// Nobody has thought about a command that was learned; these kinds would hold a shared link, change it, or act on one node.
void refuseDangerous(Command& command) {
  if (command.has(CommandFlag::Blocking)) {
    command.lane = Lane::Pinned;
  } else if (command.has(CommandFlag::PubSub) && command.keySpecs.empty()) {
    refuse(command, "ERR this command is not supported: it changes a connection shared by all clients");
  } else if (command.has(CommandFlag::Admin)) {
    refuse(command, "ERR this command is not supported: it administers one node; ask the nodes");
  }
}

// Redis flags these may_replicate, and tells nobody.
constexpr Slice kMayReplicate[] = {"publish", "spublish", "pfcount"};

// They read no keys, so Redis does not flag them readonly. WATCH leaves nothing behind when its connection ends.
constexpr Slice kRead[] = {
    "acl|cat", "acl|genpass", "cluster|countkeysinslot", "cluster|getkeysinslot", "cluster|info", "cluster|links",
    "cluster|myid", "cluster|nodes", "cluster|replicas", "cluster|shards", "cluster|slaves", "cluster|slots", "config|get",
    "function|dump", "function|list", "function|stats", "info", "lastsave", "module|list", "pubsub|channels",
    "pubsub|numpat", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub", "role", "script|exists", "watch"};

bool reads(const Command& command) {
  const Slice name = command.name;
  const bool told = command.has(CommandFlag::ReadOnly) || name.ends_with("|help");
  return told || std::ranges::find(kRead, name) != std::end(kRead);
}

// EXEC runs what was queued.
void noteWhetherItWrites(Command& command) {
  const bool script = command.has(CommandFlag::MayRunScript) && !command.has(CommandFlag::ReadOnly);
  const bool writes = command.has(CommandFlag::Write) || script || command.name == "exec";
  if (writes) command.flags |= static_cast<uint32_t>(CommandFlag::MayWrite);
  const bool replicates = std::ranges::find(kMayReplicate, Slice(command.name)) != std::end(kMayReplicate);
  if (replicates) command.flags |= static_cast<uint32_t>(CommandFlag::MayReplicate);
  if (reads(command)) command.flags |= static_cast<uint32_t>(CommandFlag::Repeatable);
}

// Of a command that was learned and does not show all its keys nobody knows what they are.
void noteKeyspace(Command& command, Origin origin) {
  const auto choices = inKeyspaceChoices();
  const auto choice = std::ranges::find(choices, Slice(command.name), &InKeyspaceChoice::name);
  if (choice != choices.end()) command.inKeyspace = choice->what;
  const auto shown = [](const KeySpec& spec) {
    return spec.begin != KeySpec::Begin::Unknown && spec.find != KeySpec::Find::Unknown && !spec.incomplete;
  };
  const bool allShown = !command.keySpecs.empty() && std::ranges::all_of(command.keySpecs, shown);
  if (origin == Origin::Learned && !command.container && !allShown) command.inKeyspace = InKeyspace::Refused;
}

}  // namespace

void decide(Command& command, const Tips& tips, Origin origin) {
  noteWhetherItWrites(command);
  const auto choices = finderChoices();
  const auto choice = std::ranges::find(choices, Slice(command.name), &FinderChoice::name);
  if (choice != choices.end()) command.finder = choice->finder;
  const auto roles = scriptRoles();
  const auto role = std::ranges::find(roles, Slice(command.name), &ScriptRoleChoice::name);
  if (role != roles.end()) command.script = role->role;
  noteKeyspace(command, origin);
  if (const Decision* row = rowFor(command.name)) return take(command, *row);
  if (command.container) return refuse(command, "ERR wrong number of arguments for '" + command.name + "' command");
  followTips(command, tips);
  if (origin == Origin::Learned) refuseDangerous(command);
}

}  // namespace slotway
