// What workers and control tell each other of scripts and functions, about one upstream.
//
//     worker --ScriptNews--> control --ScriptNews--> the other workers
//     worker --ScriptWish--> control ... done --WishGranted--> worker
//                            control --ForgetScripts--> every worker --ScriptsForgotten--> control
//
// A generation begins with every ForgetScripts: news of an older one is too late.
// Thread: written by one, read by another (values).
#pragma once
#include <cstdint>
#include <string>
#include <variant>

#include "exchange/script_store.h"

namespace slotway {

struct ScriptNews {
  enum class Kind : uint8_t {
    Seen,     ///< a body that this worker did not know
    Useless,  ///< it is no script after all
  };
  Kind kind = Kind::Seen;
  uint64_t generation = 0;
  SharedScript script;
};

/// The ticket comes back when it has come true.
struct ScriptWish {
  enum class Kind : uint8_t {
    HearAll,        ///< what other workers have told of by now is known here too
    ForgetAll,      ///< no worker knows a body of before, and no node is being given one
    HoldFunctions,  ///< no node is being given functions, nor will be until FreeFunctions
    FreeFunctions,  ///< without a ticket
    BringFunction,  ///< `node` has been given the functions of another master that has `function` (empty: any), if there is one
  };
  Kind kind = Kind::HearAll;
  uint64_t ticket = 0;
  std::string node = {};      ///< its id
  std::string function = {};
};

struct ScriptsForgotten {
  uint64_t generation = 0;
};

struct WishGranted {
  uint64_t ticket = 0;
};

struct ForgetScripts {
  uint64_t generation = 0;  ///< of all before this one
};

using ScriptsToControl = std::variant<ScriptNews, ScriptWish, ScriptsForgotten>;
using ScriptsToWorker = std::variant<ScriptNews, WishGranted, ForgetScripts>;

}  // namespace slotway
