// What the load generator has been asked to do.
// Owner: main(). Thread: its only one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "cluster/node.h"

namespace slotway::bench {

struct Options {
  Endpoint target;
  bool cluster = false;       ///< straight to the masters that `target` tells of
  size_t connections = 50;
  size_t pipeline = 1;        ///< requests written at once; the next ones when all are answered
  std::string mix = "get=1,set=1";
  size_t keys = 10;           ///< of one MGET or MSET
  size_t keySpace = 100000;
  size_t valueBytes = 64;
  double seconds = 10;        ///< 0: until `requests`
  uint64_t requests = 0;
  double warmup = 0;
  bool resp3 = false;         ///< each connection begins with HELLO 3
  bool fill = false;          ///< every key is written once before
  size_t idle = 0;            ///< that many connections that do nothing any more
};

/// Ends the program when argv cannot be understood.
Options readOptions(int argc, char** argv);

}  // namespace slotway::bench
