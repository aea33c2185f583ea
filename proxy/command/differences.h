// What differs from one Redis although the command works: a row, a reason, an example. COMMANDS.md prints the rows, and
// tests/differential reads them there: it sends every example, and fails on a reply that differs and is not listed as on a
// listed one that differs no longer. A refused command needs no row: its line in the page says it.
//
// Texts: `*` stands for anything; an error has its `-`, a status its `+`, a number its `:`, a string its quotes.
// Owner: the program (constants). Thread: any.
#pragma once
#include <span>

#include "base/slice.h"

namespace slotway {

struct Difference {
  Slice commands;  ///< whom it is about: names as in the page, with commas between; `*` as in the texts
  Slice example;   ///< requests that show it, with `;` between, `2:` before another client's, words as in a shell; keys
                   ///< as tests/differential/keyspace.py makes them
  Slice oneRedis;  ///< what one Redis answers
  Slice slotway;   ///< what Slotway answers
  Slice reason;
};

std::span<const Difference> differences();

}  // namespace slotway
