// YAML text -> a plain tree in which every node knows its line and column. The one place that knows yaml-cpp: its
// exceptions become faults here. Scalars stay text ("010" is not 8), duplicate keys stay (they are refused by the reader).
// Owner: the reader, while it reads. Thread: any (pure).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/slice.h"

namespace slotway::settings {

struct YamlNode {
  enum class Type : uint8_t {
    Null,   ///< nothing, ~ or null
    Scalar,
    List,   ///< items
    Map,    ///< keys[i] leads to items[i]
    Alias,  ///< refused already: a fault stands for it
  };
  /// Nothing has no place of its own: its line and column are those of what comes next.
  Type type = Type::Null;
  int line = 1;  ///< from 1, as editors count
  int column = 1;
  std::string scalar;
  std::vector<YamlNode> keys;
  std::vector<YamlNode> items;
};

struct YamlFault {
  int line;
  int column;
  std::string text;
};

struct YamlTree {
  YamlNode root;
  bool whole = true;              ///< false after a syntax error or an early end: what stands behind it is missing
  std::vector<YamlFault> faults;  ///< a syntax error, aliases, a second document
};

YamlTree parseYaml(Slice text);

}  // namespace slotway::settings
