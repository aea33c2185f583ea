// What an exchange that has to do with scripts or functions keeps until it is done: what others must be told then, and the
// names that it asks for.
// Owner: an Exchange. Thread: the worker's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "exchange/scripts.h"

namespace slotway {

struct ScriptTask {
  explicit ScriptTask(Scripts& ofUpstream) : scripts(ofUpstream) {}
  ScriptTask(const ScriptTask&) = delete;
  ScriptTask& operator=(const ScriptTask&) = delete;
  ~ScriptTask() {
    if (repairOf != 0) scripts.endRepair(repairOf);
    if (holdsFunctions) scripts.freeFunctions();
  }

  Scripts& scripts;
  uint64_t repairOf = 0;          ///< the generation of a body that it brings to a node; 0: none
  bool holdsFunctions = false;
  std::vector<std::string> shas;  ///< that are asked for
};

}  // namespace slotway
