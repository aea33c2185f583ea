#include "command/decisions.h"

namespace slotway {
namespace {

constexpr Decision refuse(Slice name, Slice line) { return {.name = name, .lane = Lane::Refuse, .reason = line}; }
constexpr Decision local(Slice name, Slice reason) { return {.name = name, .lane = Lane::Local, .reason = reason}; }
constexpr Decision byKey(Slice name, Slice reason) { return {.name = name, .lane = Lane::ByKey, .reason = reason}; }
constexpr Decision anyNode(Slice name, Slice reason) { return {.name = name, .lane = Lane::AnyNode, .reason = reason}; }
constexpr Decision fanOut(Slice name, Reach reach, Merge merge, Slice reason) {
  return {.name = name, .lane = Lane::FanOut, .reason = reason, .merge = merge, .reach = reach};
}
// Whoever is busy may have lost its slots over it.
constexpr Decision fanOutApart(Slice name, Merge merge, Slice reason) {
  return {.name = name, .lane = Lane::FanOut, .reason = reason, .merge = merge, .reach = Reach::AllNodes, .ownLink = true};
}
constexpr Decision pinned(Slice name, TimeoutAt timeoutAt) {
  return {.name = name, .lane = Lane::Pinned, .reason = "Keys must share a slot (hash tags).", .timeoutAt = timeoutAt};
}
// Words about keys of several slots that an element is taken from, or that are read.
#define ACROSS_TAKE \
  "Keys in several slots, 1000 at most: each is asked by itself, the first one with something is popped from, all streams are " \
  "read. Inside MULTI keys must share a slot (hash tags)."
constexpr Decision takes(Slice name, Across what, TimeoutAt timeoutAt) {
  return {.name = name,
          .lane = Lane::Pinned,
          .reason = ACROSS_TAKE " Who waits for several is woken by their nodes (client-side caching's messages), within a "
                    "second where these are not to be had; each key takes a place in its node's tracking table meanwhile "
                    "(tracking-table-max-keys). XREADGROUP makes its consumer known also where it reads nothing.",
          .across = what,
          .timeoutAt = timeoutAt};
}
constexpr Decision special(Slice name, SpecialPlan plan, Slice reason) {
  return {.name = name, .lane = Lane::Special, .reason = reason, .special = plan};
}
constexpr Decision across(Slice name, Across what) {
  return {.name = name,
          .lane = Lane::ByKey,
          .reason = "Keys in several slots: what the nodes have is put together by the proxy, each slot's as of a moment of its "
                    "own, up to limits.cross_slot_bytes. Inside MULTI keys must share a slot (hash tags).",
          .across = what};
}
enum class IfLearned : uint8_t { No, Yes };
constexpr Decision acks(Slice name, SpecialPlan plan, IfLearned ifLearned = IfLearned::No) {
  return {.name = name,
          .lane = Lane::Special,
          .reason = "Asked of each master that the client has written to; the smallest number is the answer (of WAITAOF, where "
                    "the nodes have it, the smaller of each two). It is 0 once when nobody can say what became of a write: "
                    "its master has been replaced, or a connection to it was lost. Who has not written yet asks all masters. "
                    "Inside MULTI the transaction's node answers, of itself.",
          .special = plan,
          .timeoutAt = TimeoutAt::LastInMs,
          .ifLearned = ifLearned == IfLearned::Yes};
}
// Numbers of subscribers: of all masters, those that are our links' replaced by our clients'.
constexpr Decision census(Slice name, Merge merge, Recount recount, Slice reason) {
  return {.name = name, .lane = Lane::FanOut, .reason = reason, .merge = merge, .recount = recount};
}
constexpr Decision addLocal(Slice name, int arity, Slice reason) {
  return {.name = name, .lane = Lane::Local, .reason = reason, .addedArity = arity};
}

// A hash table's cursor is of one process: its seed differs from that of the replica that takes over.
#define NODES_CURSOR                                                                                                   \
  "The cursor is the node's own: when the key moves to another node, by failover or resharding, a scan under way may miss " \
  "elements of a large collection; begin again at 0 where that matters."

#define SCRIPT_KEYS \
  "Keys must share a slot (hash tags); without keys always the same master. What a script publishes reaches all; what " \
  "PUBLISH and PUBSUB tell it counts connections of its node, not clients of the proxy. Nodes refuse the flag no-cluster."

constexpr Decision kDecisions[] = {
    // Blocking commands have a link to themselves, so that nobody waits behind them.
    takes("blpop", Across::Pop, TimeoutAt::Last),
    takes("brpop", Across::Pop, TimeoutAt::Last),
    pinned("blmove", TimeoutAt::Last),
    pinned("brpoplpush", TimeoutAt::Last),
    takes("blmpop", Across::Pop, TimeoutAt::First),
    takes("bzpopmin", Across::Pop, TimeoutAt::Last),
    takes("bzpopmax", Across::Pop, TimeoutAt::Last),
    takes("bzmpop", Across::Pop, TimeoutAt::First),
    takes("xread", Across::Streams, TimeoutAt::BehindBlock),
    takes("xreadgroup", Across::Streams, TimeoutAt::BehindBlock),

    // Transactions are kept by the proxy until EXEC.
    local("multi", "What follows is kept by the proxy until EXEC, and checked as it comes."),
    local("exec",
          "All of it goes to its node in one write, and again as a whole where the cluster refuses it. Keys must share a slot "
          "(hash tags); with `transactions: {cross_slot: split}` there is one MULTI for each slot, one after the other, and "
          "each is atomic by itself only. What asks several nodes or workers (DBSIZE, KEYS, INFO ...) is asked for behind the "
          "nodes' part, what changes several nodes (FLUSHALL ...) is refused inside, but for CONFIG SET and BGSAVE, which are "
          "asked behind it, too. SUBSCRIBE is confirmed at its place and counts from EXEC's answer on: what the same "
          "transaction publishes before that is not heard. A master that lacks a function says so inside: it cannot be brought "
          "there any more."),
    local("discard", "Answered by the proxy."),
    local("watch",
          "Kept by a node, on a connection that the client has for itself until EXEC. Keys must share a slot, with each other "
          "and with the transaction. A slot that moves, or a lost connection, makes EXEC answer nil."),
    local("unwatch", "Answered by the proxy, which closes the connection."),

    // Publish and subscribe.
    local("subscribe", "Subscribed to once at the nodes, for all clients of a worker."),
    local("psubscribe", "Subscribed to once at the nodes, for all clients of a worker."),
    local("ssubscribe", "As SUBSCRIBE, at the owner of the channel's slot; channels may be in different slots."),
    local("unsubscribe", "The nodes are left when no client of a worker is subscribed."),
    local("punsubscribe", "The nodes are left when no client of a worker is subscribed."),
    local("sunsubscribe", "The nodes are left when no client of a worker is subscribed."),
    {.name = "publish",
     .lane = Lane::AnyNode,
     .reason = "To one node, which tells all others. The reply counts the proxy's subscribers and that node's others; it leaves "
               "when the message has reached the proxy's. Who hears what it publishes itself (RESP3) reads the reply first.",
     .recount = Recount::Receivers},
    {.name = "spublish",
     .lane = Lane::ByKey,
     .reason = "The reply counts the proxy's subscribers and others at the owner of the channel's slot; it leaves as PUBLISH's.",
     .recount = Recount::ShardReceivers},
    census("pubsub|channels", Merge::Concat, Recount::Channels, "Of the proxy's clients and of all masters."),
    census("pubsub|shardchannels", Merge::Concat, Recount::ShardChannels, "Of the proxy's clients and of all masters."),
    census("pubsub|numsub", Merge::Concat, Recount::Subscribers, "The proxy's clients and others at all masters."),
    census("pubsub|shardnumsub", Merge::Concat, Recount::ShardSubscribers, "The proxy's clients and others at all masters."),
    census("pubsub|numpat", Merge::Sum, Recount::Patterns,
           "The proxy's clients' patterns and those of all masters; one that others have at several masters counts as often."),

    // What spans the key space and would be wrong when one node answers.
    special("scan", SpecialPlan::Scan,
            "Goes by hash slot, so its cursor holds through failover and resharding. COUNT is a hint: at most 100 000 keys "
            "or 8 MiB an answer, and few or none where slots are empty."),
    special("randomkey", SpecialPlan::KeyDraw, "A master is drawn by how many keys it has, then one of its keys."),
    fanOut("keys", Reach::Masters, Merge::Concat,
           "Refused when the answer would be larger than limits.client_output_bytes; a key that just moves from node to node "
           "may be missing or come twice; SCAN sees to both."),
    byKey("sscan", NODES_CURSOR),
    byKey("hscan", NODES_CURSOR),
    byKey("zscan", NODES_CURSOR),
    acks("wait", SpecialPlan::Acks),
    acks("waitaof", SpecialPlan::DiskAcks, IfLearned::Yes),
    across("sunion", Across::SetUnion),
    across("sinter", Across::SetInter),
    across("sdiff", Across::SetDiff),
    across("sintercard", Across::SetInterCard),
    across("zunion", Across::SortedUnion),
    across("zinter", Across::SortedInter),
    across("zdiff", Across::SortedDiff),
    across("zintercard", Across::SortedInterCard),
    across("pfcount", Across::Count),
    {.name = "lmpop", .lane = Lane::ByKey, .reason = ACROSS_TAKE, .across = Across::Pop},
    {.name = "zmpop", .lane = Lane::ByKey, .reason = ACROSS_TAKE, .across = Across::Pop},
    byKey("msetnx", "All or nothing, so never split: its keys must share a slot (hash tags)."),
    byKey("sort", "Keys must share a slot (hash tags); the nodes refuse BY and GET (`#` too), as in every cluster."),
    byKey("sort_ro", "The nodes refuse BY and GET patterns, as in every cluster."),
    refuse("move", "ERR MOVE is not allowed in cluster mode"),
    refuse("swapdb", "ERR SWAPDB is not allowed in cluster mode"),
    refuse("migrate", "ERR MIGRATE is not supported: moving keys between nodes is the cluster's own business"),
    refuse("restore-asking", "ERR RESTORE-ASKING is for nodes among themselves; use RESTORE"),

    // What tells of one node, and would be taken for the whole.
    local("info", "As one server would give it: memory, clients, keys and counters of all masters summed; and a section "
                  "`Slotway`. `maxmemory` is the sum, too."),
    local("role", "A master with the replicas of all masters; the offsets of the masters are summed."),
    refuse("memory|doctor", "ERR MEMORY DOCTOR is not supported: it tells of one node only; ask the nodes"),
    refuse("memory|malloc-stats", "ERR MEMORY MALLOC-STATS is not supported: it tells of one node only; ask the nodes"),
    refuse("memory|stats", "ERR MEMORY STATS is not supported: it tells of one node only; ask the nodes"),
    local("latency|latest", "Made of the requests that the slow log of the proxy was told of: an event `command`, and one "
                            "for each node."),
    local("latency|history", "As LATENCY LATEST."),
    local("latency|reset", "As LATENCY LATEST."),
    refuse("latency|*", "ERR this LATENCY subcommand is not supported: use LATENCY LATEST and HISTORY, SLOWLOG GET, or the "
                        "histograms at /metrics"),
    local("slowlog|get", "Requests that took long at the proxy, from their coming to their answer. An entry has two fields "
                         "more: its nodes, and the longest wait for one in microseconds."),
    local("slowlog|len", "As SLOWLOG GET."),
    local("slowlog|reset", "As SLOWLOG GET."),
    fanOut("lastsave", Reach::Masters, Merge::Min, "The oldest of all masters' times: all is saved since then."),
    local("config|get", "The answer of one master (CONFIG SET goes to all nodes, so they agree), so `maxmemory` is one "
                        "node's; what the proxy decides is put right: `databases` is 1, `port`, `maxclients`, "
                        "`client-output-buffer-limit`, `timeout`, `requirepass` and the like are the proxy's own, the nodes' password is not shown."),
    local("config|set", "To all nodes. What the proxy decides (see CONFIG GET) is refused."),
    anyNode("module|list", "The answer of one master."),
    anyNode("function|list", "The answer of one master; FUNCTION LOAD goes to all, so they agree."),
    anyNode("function|dump", "The answer of one master; FUNCTION LOAD goes to all, so they agree."),

    // Scripts and functions.
    byKey("eval", SCRIPT_KEYS),
    byKey("eval_ro", SCRIPT_KEYS),
    byKey("evalsha", SCRIPT_KEYS " A node that lacks the script is given it, if it has passed here since the last SCRIPT FLUSH."),
    byKey("evalsha_ro", SCRIPT_KEYS " A node that lacks the script is given it, as with EVALSHA."),
    byKey("fcall", SCRIPT_KEYS " A master that lacks the function is given another master's functions."),
    byKey("fcall_ro", SCRIPT_KEYS " A master that lacks the function is given another master's functions."),
    fanOut("script|exists", Reach::Masters, Merge::AllTrue, "Also true of what a node lacks and would be given."),
    fanOut("script|flush", Reach::AllNodes, Merge::AllOk, "The proxy forgets what it remembers, too, before the nodes do. "
           "Another proxy before the same cluster does not, and may give a node again what it lacks."),
    fanOutApart("script|kill", Merge::AnyOk, "Over connections of its own, since others wait behind the script."),
    fanOutApart("function|kill", Merge::AnyOk, "Over connections of its own, since others wait behind the function."),
    fanOutApart("function|stats", Merge::Running, "The reply of the node that runs a function, if one does."),

    // What must happen on every node.
    fanOut("config|resetstat", Reach::AllNodes, Merge::AllOk, "The proxy's own metrics stay."),
    fanOut("config|rewrite", Reach::AllNodes, Merge::AllOk, "The files of the nodes; the proxy's own settings stay."),
    fanOut("save", Reach::Masters, Merge::AllOk, "Every master stands still meanwhile."),
    fanOut("bgsave", Reach::Masters, Merge::AllOk, "One master's reply stands for all."),
    fanOut("bgrewriteaof", Reach::Masters, Merge::AllOk, "One master's reply stands for all."),

    // What would act on one node, or on the cluster's shape.
    local("cluster|info", "A master's view of the cluster behind. With `facade: cluster`: the proxy as the only node."),
    local("cluster|nodes", "A master's view of the cluster behind. With `facade: cluster`: the proxy as the only node."),
    local("cluster|slots", "A master's view of the cluster behind. With `facade: cluster`: the proxy as the only node."),
    local("cluster|shards", "A master's view of the cluster behind. With `facade: cluster`: the proxy as the only node."),
    local("cluster|myid", "The id of a master. With `facade: cluster`: an id made of the proxy's address."),
    local("cluster|links", "A master's links. With `facade: cluster`: none."),
    local("cluster|replicas", "A master's view of the cluster behind. With `facade: cluster`: the proxy has none."),
    local("cluster|slaves", "As CLUSTER REPLICAS."),
    local("cluster|keyslot", "A function of the key alone: computed by the proxy."),
    local("cluster|countkeysinslot", "Asked of the slot's owner."),
    local("cluster|getkeysinslot", "Asked of the slot's owner."),
    refuse("cluster|*", "ERR this CLUSTER subcommand is not supported: it acts on one node or on the cluster's shape; "
                        "ask the nodes"),
    local("readonly", "Refused as on one Redis without cluster mode. With `facade: cluster`: OK, and it changes nothing."),
    local("readwrite", "Refused as on one Redis without cluster mode. With `facade: cluster`: OK, and it changes nothing."),
    local("asking", "Refused as on one Redis without cluster mode. With `facade: cluster`: OK, and it changes nothing."),
    refuse("replicaof", "ERR REPLICAOF not allowed in cluster mode."),
    refuse("slaveof", "ERR REPLICAOF not allowed in cluster mode."),
    refuse("failover", "ERR FAILOVER not allowed in cluster mode."),
    refuse("sync", "ERR SYNC is not supported: replicate from a node itself"),
    refuse("psync", "ERR PSYNC is not supported: replicate from a node itself"),
    refuse("replconf", "ERR REPLCONF is not supported: replicate from a node itself"),
    refuse("shutdown", "ERR SHUTDOWN is not supported: stop the nodes themselves"),
    refuse("debug", "ERR DEBUG is not supported: it acts on one node (even DEBUG SLEEP and DEBUG OBJECT); ask a node itself"),
    refuse("pfdebug", "ERR PFDEBUG is not supported: it acts on one node; ask a node itself"),
    refuse("pfselftest", "ERR PFSELFTEST is not supported: it acts on one node; ask a node itself"),
    refuse("script|debug", "ERR SCRIPT DEBUG is not supported: it changes a connection shared by all clients"),
    local("monitor", "What clients of the proxy ask for; commands inside scripts are not shown. A monitor may ask for keys, "
                     "too."),
    refuse("module|*", "ERR MODULE is supported with LIST only: load and unload modules at the nodes themselves"),
    refuse("acl|*",
           "ERR this ACL subcommand is not supported: clients log in at Slotway; keep users at the nodes themselves"),
    local("acl|whoami", "The proxy has one user, `default`."),
    anyNode("acl|cat", "The answer of one master: the same everywhere."),
    anyNode("acl|genpass", "The answer of one master: a random word."),

    // What is about the client's own connection, which ends here.
    local("ping", "Answered by the proxy: it is alive, which says nothing of the nodes."),
    local("echo", "Answered by the proxy."),
    local("quit", "Answered by the proxy."),
    local("time", "The proxy's clock."),
    local("auth", "Clients log in at the proxy, with its password; the proxy logs in at the nodes with its own."),
    local("select", "Database 0 only, as in every cluster."),
    local("hello", "RESP2 and RESP3; who says HELLO 3 is served over connections to the nodes that speak RESP3 as well. "
                   "Inside MULTI it counts from EXEC's answer on."),
    local("reset", "Resets the state of the client's connection to the proxy."),
    local("client|setname", "The name is known to the proxy, not to the nodes."),
    local("client|getname", "The name is known to the proxy, not to the nodes."),
    local("client|id", "The proxy's number for the connection."),
    local("client|info", "The client's connection to the proxy."),
    local("client|list", "The connections of clients to the proxy."),
    local("client|kill", "Closes connections of clients to the proxy."),
    local("client|pause", "All clients of the proxy; what is on its way to the nodes is answered. WRITE holds back commands "
                          "that write and scripts."),
    local("client|unpause", "As CLIENT PAUSE."),
    local("client|unblock", "A client that is blocked at a node; the node is told, and says whether it was."),
    local("client|no-evict", "Accepted; it changes nothing."),
    local("client|tracking",
          "Such a client is served over connections of its own; it is told that any key may have changed when slots move. "
          "NOLOOP does not know of what the client changes by commands that block; FLUSHALL is told of by each master. "
          "Refused inside MULTI."),
    local("client|caching", "As CLIENT TRACKING."),
    local("client|trackinginfo", "As CLIENT TRACKING."),
    local("client|getredir", "As CLIENT TRACKING; the proxy's number for the connection."),
    local("client|reply", "Replies are held back by the proxy."),
    addLocal("client|setinfo", 4, "Known to the proxy, not to the nodes; Redis has it since 7.2."),
    addLocal("client|no-touch", 3, "Accepted; it changes nothing; Redis has it since 7.2."),
    refuse("client|*", "ERR this CLIENT subcommand is not supported: it acts on a connection shared by all clients"),
    local("command", "What the proxy knows of commands: the facts of its build and what it learned from the cluster."),
    local("command|count", "As COMMAND."),
    local("command|docs", "As COMMAND; nothing about what was learned."),
    local("command|getkeys", "As COMMAND."),
    local("command|getkeysandflags", "As COMMAND; for SET and BITFIELD the flags of all their forms."),
    local("command|help", "As COMMAND."),
    local("command|info", "As COMMAND."),
    local("command|list", "As COMMAND."),
};

#undef NODES_CURSOR
#undef SCRIPT_KEYS

constexpr FinderChoice kFinderChoices[] = {
    {"sort", Finder::SortStore},
    {"georadius", Finder::GeoStore},
    {"georadiusbymember", Finder::GeoStore},
    {"migrate", Finder::MigrateKeys},
};

constexpr ScriptRoleChoice kScriptRoles[] = {
    {"eval", ScriptRole::RunsBody},
    {"eval_ro", ScriptRole::RunsBody},
    {"evalsha", ScriptRole::RunsSha},
    {"evalsha_ro", ScriptRole::RunsSha},
    {"script|load", ScriptRole::LoadsBody},
    {"script|exists", ScriptRole::AsksForShas},
    {"script|flush", ScriptRole::ForgetsBodies},
    {"fcall", ScriptRole::CallsFunction},
    {"fcall_ro", ScriptRole::CallsFunction},
    {"function|load", ScriptRole::ChangesFunctions},
    {"function|delete", ScriptRole::ChangesFunctions},
    {"function|flush", ScriptRole::ChangesFunctions},
    {"function|restore", ScriptRole::ChangesFunctions},
};

constexpr InKeyspaceChoice kInKeyspace[] = {
    {"blpop", InKeyspace::KeyFirst},
    {"brpop", InKeyspace::KeyFirst},
    {"blmpop", InKeyspace::KeyFirst},
    {"bzpopmin", InKeyspace::KeyFirst},
    {"bzpopmax", InKeyspace::KeyFirst},
    {"bzmpop", InKeyspace::KeyFirst},
    {"lmpop", InKeyspace::KeyFirst},
    {"zmpop", InKeyspace::KeyFirst},
    {"xread", InKeyspace::KeyOfEach},
    {"xreadgroup", InKeyspace::KeyOfEach},
    {"xclaim", InKeyspace::KeyInError},
    {"xautoclaim", InKeyspace::KeyInError},
    {"xpending", InKeyspace::KeyInError},
    {"xgroup|create", InKeyspace::KeyInError},
    {"xgroup|createconsumer", InKeyspace::KeyInError},
    {"xgroup|delconsumer", InKeyspace::KeyInError},
    {"xgroup|destroy", InKeyspace::KeyInError},
    {"xgroup|setid", InKeyspace::KeyInError},
    {"xinfo|consumers", InKeyspace::KeyInError},
    {"xinfo|groups", InKeyspace::KeyInError},
    {"xinfo|stream", InKeyspace::KeyInError},
    {"sort", InKeyspace::Sorted},
    {"sort_ro", InKeyspace::Sorted},
    {"script|load", InKeyspace::Digest},
    {"fcall", InKeyspace::Refused},
    {"fcall_ro", InKeyspace::Refused},
    {"function|load", InKeyspace::Refused},
    {"function|delete", InKeyspace::Refused},
    {"function|flush", InKeyspace::Refused},
    {"function|restore", InKeyspace::Refused},
    {"cluster|getkeysinslot", InKeyspace::Refused},
    {"cluster|countkeysinslot", InKeyspace::Refused},
    {"scan", InKeyspace::Scan},
    {"keys", InKeyspace::List},
    {"dbsize", InKeyspace::Count},
    {"randomkey", InKeyspace::Draw},
    {"flushall", InKeyspace::Clear},
    {"flushdb", InKeyspace::Clear},
};

}  // namespace

std::span<const Decision> decisions() { return kDecisions; }
std::span<const FinderChoice> finderChoices() { return kFinderChoices; }
std::span<const ScriptRoleChoice> scriptRoles() { return kScriptRoles; }
std::span<const InKeyspaceChoice> inKeyspaceChoices() { return kInKeyspace; }

}  // namespace slotway
