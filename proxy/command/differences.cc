#include "command/differences.h"

namespace slotway {
namespace {

constexpr Slice kOneSlot = "A cluster runs a command where its keys are: all in one slot.";
constexpr Slice kOneDatabase = "A cluster has database 0 only.";
constexpr Slice kPatternsCross = "The keys that a pattern makes may be in other slots, so a node of a cluster refuses any.";

constexpr Difference kDifferences[] = {
    {"*", "RENAME text dest", "*", "-CROSSSLOT Key*", kOneSlot},
    {"*", "MULTI; FLUSHALL", "+QUEUED", "-ERR '*' is not supported inside MULTI: it changes several nodes, *",
     "A transaction runs at one node."},
    {"KEYS", "SET only 1; MULTI; KEYS only; DEL only; EXEC", "[\"only\"]", "[]",
     "What asks several nodes, or what the proxy answers itself, is asked for behind the transaction's commands."},
    {"MSET, MSETNX, SCAN", "MULTI; MSET {d}a 1 {d}b", "+QUEUED", "-ERR *",
     "Slotway reads the arguments when the command is queued, and EXEC aborts; one Redis reads them at EXEC."},
    {"CLUSTER *", "CLUSTER KEYSLOT a", "-ERR This instance has cluster support disabled", "*",
     "Answered for the cluster behind, or refused in words of our own."},
    {"COMMAND GETKEYS, COMMAND GETKEYSANDFLAGS", "COMMAND GETKEYS PFMERGE {d}dest",
     "-ERR Invalid arguments specified for command", "[*]",
     "Redis gives up when one of a command's key specifications finds nothing; Slotway routes by the others, and shows them."},
    {"COMMAND GETKEYSANDFLAGS", "COMMAND GETKEYSANDFLAGS SET a b", "[[*]]", "[[*+variable_flags*]]",
     "Redis looks at the options; Slotway shows the flags of all forms."},
    {"COMMAND GETKEYSANDFLAGS", "COMMAND GETKEYSANDFLAGS MIGRATE host 1 '' 0 10 KEYS k", "[[*]]", "[[*+incomplete*]]",
     "Slotway shows the flags as COMMAND INFO tells them."},
    {"COPY", "COPY {d}text {d}dest DB 1", "*", "-ERR Copying to another database is not allowed in cluster mode",
     kOneDatabase},
    {"SELECT", "SELECT 1", "*", "-ERR SELECT is not allowed in cluster mode*", kOneDatabase},
    {"CONFIG GET", "CONFIG GET databases", "*\"databases\"*\"16\"*", "*\"databases\"*\"1\"*", kOneDatabase},
    {"ROLE", "ROLE", "[\"master\", :0, []]", "[\"master\", :*, [*]]", "The replicas of all masters."},
    {"SORT, SORT_RO", "SORT_RO {d}list BY w_*", "*", "-ERR BY option of SORT denied in *luster mode.",
     kPatternsCross},
    {"SORT, SORT_RO", "SORT_RO {d}list GET w_*", "*", "-ERR GET option of SORT denied in *luster mode.",
     kPatternsCross},
};

}  // namespace

std::span<const Difference> differences() { return kDifferences; }

}  // namespace slotway
