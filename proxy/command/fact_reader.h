// One element of COMMAND's reply -> what it says of a command: the one way in for the facts of our build and for those
// of the live cluster. Reads what 7.0 sends (ten fields) and what older servers send (six or seven).
// Thread: any (pure).
#pragma once
#include <optional>
#include <vector>

#include "base/slice.h"
#include "command/command.h"
#include "resp/reply_reader.h"

namespace slotway {

/// The command tips that say how to spread and to gather.
struct Tips {
  Slice requestPolicy;   ///< "all_shards", "multi_shard" ...; empty: none
  Slice responsePolicy;  ///< "agg_sum", "all_succeeded" ...; empty: none
};

struct Fact {
  Command command;  ///< name, arity, flags, keySpecs; container; the decisions are still to come
  Tips tips;
  Slice categories;               ///< its ACL categories, a RESP array of "+@read" and the like
  Slice raw;                      ///< all of it
  std::vector<Slice> subcommands; ///< raw elements, to be read in the same way
};

/// Reads the whole element `raw`; slices of the result point into it. Nothing when it cannot be understood.
std::optional<Fact> readFact(Slice raw);

}  // namespace slotway
