#include "settings/reader.h"

#include <algorithm>
#include <functional>
#include <map>

#include "settings/near.h"
#include "settings/rows.h"
#include "settings/value.h"
#include "settings/yaml_tree.h"

namespace slotway::settings {
namespace {

/// One key of a map and what it leads to.
struct Entry {
  std::string path;  ///< full: "listeners[0].bind"
  std::string key;
  const YamlNode& keyNode;
  const YamlNode& value;
};

std::string kindOf(const YamlNode& node) {
  switch (node.type) {
    case YamlNode::Type::Null: return "nothing";
    case YamlNode::Type::Scalar: return "a plain value";  // not shown: it may be a password
    case YamlNode::Type::List: return node.items.empty() ? "an empty list" : "a list";
    case YamlNode::Type::Map: return "a map";
    case YamlNode::Type::Alias: break;
  }
  return "an alias";
}

template <class Owner>
std::vector<std::string> keysOf(std::span<const Row<Owner>> rows, const std::string& group) {
  std::vector<std::string> keys;
  for (const auto& row : rows) {
    if (!row.path.starts_with(group)) continue;
    const Slice rest = row.path.substr(group.size());
    const std::string key(rest.substr(0, rest.find('.')));
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

class Reader {
 public:
  Reader(std::string file, Draft& draft) : file_(std::move(file)), draft_(draft) {}

  void readFaults(const std::vector<YamlFault>& faults) {
    for (const YamlFault& fault : faults) draft_.refuse({file_, fault.line, fault.column}, "", fault.text);
  }

  void readRoot(const YamlNode& root) {
    if (root.type == YamlNode::Type::Null)
      return draft_.refuse(at(root), "", "the file is empty; expected settings, upstreams at least");
    std::vector<std::string> keys = keysOf(settingRows(), "");
    keys.insert(keys.end(), {"listeners", "upstreams"});
    forEachEntry(root, "", [&](const Entry& entry) {
      if (entry.key == "listeners") return readListeners(entry);
      if (entry.key == "upstreams") return readUpstreams(entry);
      readEntry(entry, settingRows(), "", keys, draft_.settings);
    });
  }

 private:
  using Visit = std::function<void(const Entry&)>;

  Origin at(const YamlNode& node) const { return {file_, node.line, node.column}; }

  /// Nothing has no place of its own: that of the key or list that holds it is shown.
  void refuseType(const Entry& entry, const std::string& wanted) {
    if (entry.value.type == YamlNode::Type::Alias) return;
    const YamlNode& place = entry.value.type == YamlNode::Type::Null ? entry.keyNode : entry.value;
    draft_.refuse(at(place), entry.path, "found " + kindOf(entry.value) + "; expected " + wanted);
  }

  /// Visits each key once; a repeated one is refused, since the reader of the file cannot know which one counts.
  void forEachEntry(const YamlNode& map, const std::string& prefix, const Visit& visit) {
    if (map.type != YamlNode::Type::Map) return refuseType({stem(prefix), "", map, map}, "a map of settings");
    std::map<std::string, int> seen;
    for (size_t i = 0; i < map.keys.size(); ++i) {
      const YamlNode& key = map.keys[i];
      const std::string path = prefix + key.scalar;
      if (key.type != YamlNode::Type::Scalar) {
        draft_.refuse(at(key), stem(prefix), "found " + kindOf(key) + " as a key; expected a name");
      } else if (const auto [first, isNew] = seen.emplace(key.scalar, key.line); !isNew) {
        draft_.refuse(at(key), path, "given again; expected once, it stands in line " + std::to_string(first->second));
      } else {
        draft_.origins[path] = at(key);
        visit({path, key.scalar, key, map.items[i]});
      }
    }
  }

  static std::string stem(const std::string& prefix) {
    return prefix.ends_with('.') ? prefix.substr(0, prefix.size() - 1) : prefix;
  }

  /// `group` is the part of a row's path that leads here: "", "timeouts.".
  template <class Owner>
  void readEntry(const Entry& entry, std::span<const Row<Owner>> rows, const std::string& group,
                 const std::vector<std::string>& keys, Owner& owner) {
    const std::string path = group + entry.key;
    if (std::ranges::find(keys, entry.key) == keys.end() || entry.key.empty()) return refuseUnknown(entry, keys);
    const auto row = std::ranges::find(rows, Slice(path), &RowFacts::path);
    if (row != rows.end()) return readRow(entry, *row, owner);
    const std::vector<std::string> inner = keysOf(rows, path + ".");
    if (entry.value.type != YamlNode::Type::Map) return refuseType(entry, "a map of " + listed(inner));
    forEachEntry(entry.value, entry.path + ".",
                 [&](const Entry& below) { readEntry(below, rows, path + ".", inner, owner); });
  }

  void refuseUnknown(const Entry& entry, const std::vector<std::string>& keys) {
    draft_.refuse(at(entry.keyNode), entry.path, "unknown key; " + adviceFor(entry, keys));
  }

  static std::string adviceFor(const Entry& entry, const std::vector<std::string>& keys) {
    const std::string prefix = entry.path.substr(0, entry.path.size() - entry.key.size());
    if (const std::string near = nearest(entry.key, keys); !near.empty()) return "did you mean " + prefix + near + "?";
    for (const PlacedRow& row : allRows())
      if (row.path.ends_with("." + entry.key)) return "did you mean " + row.path + "?";
    return "expected one of " + listed(keys);
  }

  /// A password stands in the settings or in a file, not in both: which one counts would be a guess.
  void refuseSecondSecret(const Entry& entry, const RowFacts& row) {
    const Slice suffix = "_file";
    const std::string other = row.kind == Kind::Secret ? entry.path + std::string(suffix)
                                                       : entry.path.substr(0, entry.path.size() - suffix.size());
    if (!draft_.given(other)) return;
    draft_.refuse(at(entry.keyNode), entry.path, "given beside " + other + "; expected one of them");
  }

  template <class Owner>
  void readRow(const Entry& entry, const Row<Owner>& row, Owner& owner) {
    const size_t errors = draft_.errors.size();
    if (row.kind == Kind::Secret || row.kind == Kind::SecretFile) refuseSecondSecret(entry, row);
    Value value;
    if (row.kind == Kind::Seeds) value = readSeeds(entry, row);
    else if (row.kind == Kind::AddressMap) value = readAddressMap(entry, row);
    else value = readScalar(entry, row);
    if (entry.value.type == YamlNode::Type::Scalar) draft_.origins[entry.path] = at(entry.value);
    if (draft_.errors.size() == errors && entry.value.type != YamlNode::Type::Alias) row.store(owner, std::move(value));
  }

  Value take(const YamlNode& node, const std::string& path, Result<Value> value) {
    if (value.ok()) return std::move(value.value());
    draft_.refuse(at(node), path, value.error());
    return {};
  }

  Value readScalar(const Entry& entry, const RowFacts& row) {
    if (entry.value.type == YamlNode::Type::Scalar)
      return take(entry.value, entry.path, readValue(row, entry.value.scalar));
    refuseType(entry, expectedOne(row));
    return {};
  }

  Value readSeeds(const Entry& entry, const RowFacts& row) {
    Value value;
    if (entry.value.type != YamlNode::Type::List || entry.value.items.empty()) {
      refuseType(entry, expected(row) + ", at least one");
      return value;
    }
    for (const YamlNode& item : entry.value.items) {
      const std::string path = entry.path + "[" + std::to_string(value.list.size()) + "]";
      value.list.push_back(readScalar({path, "", entry.value, item}, row).text);
    }
    return value;
  }

  Value readAddressMap(const Entry& entry, const RowFacts& row) {
    Value value;
    if (entry.value.type != YamlNode::Type::Map) {
      refuseType(entry, expected(row));
      return value;
    }
    forEachEntry(entry.value, entry.path + ".", [&](const Entry& pair) {
      take(pair.keyNode, entry.path, readMapped(row, pair.key));
      value.map.emplace_back(pair.key, readScalar(pair, row).text);
    });
    return value;
  }

  void readListeners(const Entry& entry) {
    if (entry.value.type != YamlNode::Type::List || entry.value.items.empty())
      return refuseType(entry, "a list of listeners, such as [{bind: 127.0.0.1:6390}]");
    const std::vector<std::string> keys = keysOf(listenerRows(), "");
    for (const YamlNode& item : entry.value.items) {
      const std::string path = "listeners[" + std::to_string(draft_.settings.listeners.size()) + "]";
      ListenerSettings& listener = draft_.settings.listeners.emplace_back();
      storeDefaults(listenerRows(), listener);
      draft_.origins[path] = at(item);
      if (item.type == YamlNode::Type::Null) refuseType({path, "", entry.value, item}, "a map with bind at least");
      else readElement(path, item, listenerRows(), listener);
    }
  }

  void readUpstreams(const Entry& entry) {
    if (entry.value.type != YamlNode::Type::Map || entry.value.items.empty())
      return refuseType(entry, "a map of upstreams by name, such as {main: {seeds: [redis-0:6379]}}");
    forEachEntry(entry.value, "upstreams.", [&](const Entry& named) {
      if (!isUpstreamName(named.key))
        draft_.refuse(at(named.keyNode), named.path, "expected a name of letters, digits, - and _, at most 63 of them");
      UpstreamSettings& upstream = draft_.settings.upstreams.emplace_back();
      upstream.name = named.key;
      storeDefaults(upstreamRows(), upstream);
      if (named.value.type == YamlNode::Type::Null) return refuseType(named, "a map with seeds at least");
      readElement(named.path, named.value, upstreamRows(), upstream);
    });
  }

  static bool isUpstreamName(Slice name) {
    constexpr Slice kBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return !name.empty() && name.size() <= 63 && name.find_first_not_of(kBytes) == Slice::npos;
  }

  template <class Owner>
  void readElement(const std::string& path, const YamlNode& node, std::span<const Row<Owner>> rows, Owner& owner) {
    const std::vector<std::string> keys = keysOf(rows, "");
    forEachEntry(node, path + ".", [&](const Entry& entry) { readEntry(entry, rows, "", keys, owner); });
    if (node.type != YamlNode::Type::Map) return;
    for (const auto& row : rows) {
      const std::string full = path + "." + std::string(row.path);
      if (row.preset.presence == Presence::Required && !draft_.given(full))
        draft_.refuse(draft_.originOf(path), full, "missing; expected " + expected(row));
    }
  }

  const std::string file_;
  Draft& draft_;
};

}  // namespace

void readYaml(Slice text, const std::string& file, Draft& draft) {
  const YamlTree tree = parseYaml(text);
  Reader reader(file, draft);
  reader.readFaults(tree.faults);
  if (tree.whole) reader.readRoot(tree.root);
}

}  // namespace slotway::settings
