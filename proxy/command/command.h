// One row of the command table: what Redis says of a command (facts) joined with what we do with it (decisions).
// Owner: its CommandTable. Thread: any (immutable).
// Source: Redis 7.0's documentation of COMMAND, "Key specifications" and "Command tips".
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/slice.h"

namespace slotway {

/// How a command travels. A closed set.
enum class Lane : uint8_t {
  ByKey,    ///< to the owner of its keys' one slot; the reply as it is
  Split,    ///< one sub-command per slot, replies merged
  FanOut,   ///< to all masters or all nodes, replies merged
  AnyNode,  ///< keyless, to one master
  Local,    ///< answered here (client/)
  Pinned,   ///< by key, over a link of its own where it blocks
  Special,  ///< a plan of its own
  Refuse,   ///< cannot work, or not yet: one line says why
};

/// How the replies of several legs become one.
enum class Merge : uint8_t { First, AllOk, AnyOk, Sum, Min, Max, AllTrue, AnyTrue, Concat, KeyOrder, Running };

/// Whom a FanOut reaches.
enum class Reach : uint8_t {
  Masters,   ///< request policy all_shards
  AllNodes,  ///< request policy all_nodes: masters must succeed, replicas are best effort
};

enum class CommandFlag : uint32_t {
  Write = 1u << 0,
  ReadOnly = 1u << 1,
  Blocking = 1u << 2,
  Admin = 1u << 3,
  PubSub = 1u << 4,
  NoScript = 1u << 5,
  NoAuth = 1u << 6,     ///< allowed before AUTH
  NoMulti = 1u << 7,
  MayRunScript = 1u << 8,  ///< EVAL, FCALL and kin: an error text may be the script's own
  MovableKeys = 1u << 9,
  NoMandatoryKeys = 1u << 10,  ///< has key specs, and may come without any key
  MayReplicate = 1u << 12,  ///< no write, and yet its replicas may hear of it
  MayWrite = 1u << 11,      ///< by itself, or by a script or by what was queued before it
  Repeatable = 1u << 13,    ///< nobody can tell whether it ran once or twice: all that is ReadOnly, and what else only reads
};

/// One key specification of COMMAND's reply (Redis 7.0, "Key specifications").
struct KeySpec {
  enum class Begin : uint8_t { Unknown, Index, Keyword } begin = Begin::Unknown;
  enum class Find : uint8_t { Unknown, Range, KeyNumber } find = Find::Unknown;
  int beginIndex = 0;        ///< Index: position of the first key (1 = first argument)
  std::string keyword;       ///< Keyword: the word that stands before the first key
  int startFrom = 0;         ///< Keyword: where the search begins; negative: backward from the end
  int lastKey = 0;           ///< Range: relative to the first; negative: from the end
  int keyStep = 1;
  int limit = 0;             ///< Range with lastKey -1: only the first 1/limit of what is there; 0 and 1: all
  int keyNumIndex = 0;       ///< KeyNumber: where the count stands, relative to begin
  int firstKey = 0;          ///< KeyNumber: the first key, relative to begin
  bool notKey = false;       ///< routes like a key and is none (a shard channel)
  bool incomplete = false;
  Slice access;              ///< its flags ("RW", "update" ...) as a RESP array; into the facts that the table holds
};

/// What finds a command's keys.
enum class Finder : uint8_t {
  Specs,        ///< its key specs
  SortStore,    ///< SORT: the first argument and what the last STORE names
  GeoStore,     ///< GEORADIUS and kin: the first argument and what the last STORE and the last STOREDIST name
  MigrateKeys,  ///< MIGRATE: the third argument, or all behind KEYS
};

/// Where a blocking command's timeout stands.
enum class TimeoutAt : uint8_t {
  Nowhere,      ///< nobody knows
  First,        ///< in seconds, the first argument
  Last,         ///< in seconds, the last argument
  BehindBlock,  ///< in milliseconds, behind the option BLOCK; without that it does not block
  LastInMs,     ///< in milliseconds, the last argument
};

/// What a number or list in a command's reply counts that our own subscribed links are among, and has to be corrected.
enum class Recount : uint8_t {
  None,
  Receivers,         ///< of a message
  ShardReceivers,
  Subscribers,       ///< of channels, by name
  ShardSubscribers,
  Patterns,          ///< how many there are
  Channels,          ///< that have subscribers, by name
  ShardChannels,
};

/// The plan of a command in the lane Special.
enum class SpecialPlan : uint8_t {
  None,
  Scan,     ///< step by step over all slots
  KeyDraw,  ///< step by step: the masters' sizes, then a key of one of them
  Acks,     ///< a number from each master that the client has written to
  DiskAcks, ///< ... two numbers
};

/// What a command reads or takes that is put together here when its keys are in several slots (across_read.h, across_take.h).
enum class Across : uint8_t {
  No,  ///< nothing
  SetUnion,
  SetInter,
  SetDiff,
  SetInterCard,
  SortedUnion,
  SortedInter,
  SortedDiff,
  SortedInterCard,
  Count,    ///< PFCOUNT
  Pop,      ///< from the first key that has something; it may wait until one has
  Streams,  ///< of all that have something; it may wait, too
};

/// What a command has to do with scripts and functions, which a node may lack that another has.
enum class ScriptRole : uint8_t {
  None,
  RunsBody,          ///< args[1] is a script's body, which the node keeps
  RunsSha,           ///< args[1] names a body that the node should have
  LoadsBody,         ///< args[2] is a script's body
  AsksForShas,       ///< args[2] and what follows name bodies
  ForgetsBodies,     ///< all of them
  CallsFunction,     ///< args[1] names a function that the node should have
  ChangesFunctions,  ///< which the nodes have
};

/// What a listener with a keyspace of its own has to know of a command beside where its keys stand.
enum class InKeyspace : uint8_t {
  Keys,       ///< nothing
  KeyFirst,   ///< its reply's first element is a key
  KeyOfEach,  ///< so is that of each of its reply's elements (in RESP3 it is a map by keys), and its errors name keys
  KeyInError, ///< its errors name keys
  Sorted,     ///< SORT: patterns of keys are among its options
  Digest,     ///< its reply is the name of the script that it brought
  Refused,    ///< it has keys that nobody can tell, or shows those of others
  Scan,       ///< from here on: it is about all keys. Page by page
  List,       ///< those that match a pattern
  Count,      ///< how many there are
  Draw,       ///< any one
  Clear,      ///< deletes them
};

struct Command {
  uint16_t index = 0;             ///< position in the table; the label of its metrics
  std::string name;               ///< lower case; "config|set" for a subcommand
  int arity = 0;                  ///< as Redis counts: with the name; negative: at least
  uint32_t flags = 0;             ///< CommandFlag bits
  std::vector<KeySpec> keySpecs;
  Finder finder = Finder::Specs;
  uint16_t onlyKey = 0;           ///< where its key stands when it has exactly one, always there; else 0
  Lane lane = Lane::ByKey;
  Merge merge = Merge::First;
  Reach reach = Reach::Masters;
  SpecialPlan special = SpecialPlan::None;
  Across across = Across::No;
  TimeoutAt timeoutAt = TimeoutAt::Nowhere;
  bool ownLink = false;           ///< FanOut over links of its own: on a shared one it would wait behind what it is about
  ScriptRole script = ScriptRole::None;
  Recount recount = Recount::None;
  InKeyspace inKeyspace = InKeyspace::Keys;
  std::string reason;             ///< why the decision departs from the facts; for Refuse the line the client reads
  bool container = false;         ///< has subcommands
  bool learned = false;           ///< from the live cluster, not from our build

  bool has(CommandFlag flag) const { return (flags & static_cast<uint32_t>(flag)) != 0; }
  bool arityFits(size_t args) const {
    return arity >= 0 ? args == static_cast<size_t>(arity) : args >= static_cast<size_t>(-arity);
  }
};

}  // namespace slotway
