#include "settings/outside.h"

#include <algorithm>

#include "settings/rows.h"
#include "settings/value.h"

namespace slotway::settings {
namespace {

constexpr Slice kListenerPath = "listeners[].bind";
constexpr Slice kSeedsPath = "upstreams.<name>.seeds";
constexpr Slice kUpstreamPrefix = "upstreams.<name>.";

/// What one flag or variable says.
struct Given {
  Origin origin;
  std::vector<std::string> values;
};

template <class Owner>
const Row<Owner>& rowAt(std::span<const Row<Owner>> rows, Slice path) {
  return *std::ranges::find(rows, path, &RowFacts::path);
}

std::vector<std::string> splitAtCommas(Slice text) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    Slice part = text.substr(begin, end - begin);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    part = part.substr(0, part.find_last_not_of(' ') + 1);
    parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

class Outside {
 public:
  Outside(const CommandLine& line, const Environment& environment, Draft& draft)
      : line_(line), environment_(environment), draft_(draft) {}

  void apply() {
    for (const Shortcut& shortcut : shortcuts()) {
      if (shortcut.path == kListenerPath) replaceListeners(flagElseVariable(shortcut));
      if (shortcut.path == kSeedsPath) replaceUpstreams(flagElseVariable(shortcut));
    }
    applyVariables();
    for (const Shortcut& shortcut : shortcuts()) applyOne(shortcut.path, flag(shortcut));
  }

 private:
  std::optional<Given> flag(const Shortcut& shortcut) const {
    const auto found = line_.flags.find(std::string(shortcut.name));
    if (found == line_.flags.end()) return std::nullopt;
    return Given{{"--" + found->first}, found->second};
  }

  std::optional<Given> variable(const std::string& name) const {
    const std::optional<std::string> text = environment_(name);
    if (!text || text->empty()) return std::nullopt;
    return Given{{name}, {*text}};
  }

  std::optional<Given> flagElseVariable(const Shortcut& shortcut) const {
    if (std::optional<Given> given = flag(shortcut)) return given;
    std::optional<Given> given = variable(variableOf(shortcut));
    if (given) given->values = splitAtCommas(given->values.front());
    return given;
  }

  void replaceListeners(const std::optional<Given>& given) {
    if (!given) return;
    const auto& row = rowAt(listenerRows(), "bind");
    forget("listeners");
    draft_.settings.listeners.clear();
    for (const std::string& text : given->values) {
      const std::string path = "listeners[" + std::to_string(draft_.settings.listeners.size()) + "]";
      draft_.origins[path] = given->origin;
      ListenerSettings& listener = draft_.settings.listeners.emplace_back();
      storeDefaults(listenerRows(), listener);
      store(path + ".bind", row, *given, text, listener);
    }
  }

  /// Listeners of the file may name upstreams of the file; with those gone there is one that they can mean.
  void replaceUpstreams(const std::optional<Given>& given) {
    if (!given) return;
    const auto& row = rowAt(upstreamRows(), "seeds");
    forget("upstreams");
    UpstreamSettings main;
    main.name = "main";
    storeDefaults(upstreamRows(), main);
    for (const std::string& text : given->values)
      if (std::optional<Value> seed = read("upstreams.main.seeds", row, *given, text)) main.seeds.push_back(seed->text);
    draft_.settings.upstreams.clear();
    draft_.settings.upstreams.push_back(std::move(main));
    for (ListenerSettings& listener : draft_.settings.listeners) listener.upstream.clear();
  }

  void forget(const std::string& section) {
    std::erase_if(draft_.origins, [&section](const auto& origin) { return origin.first.starts_with(section); });
  }

  void applyVariables() {
    for (const PlacedRow& row : allRows()) {
      const std::string name = variableOf(row.path);
      if (!name.empty()) applyOne(row.path, variable(name));
      if (row.facts.kind == Kind::SecretFile) refuseBoth(row.path, name);
    }
  }

  /// `name` is the variable for a password's file; the one for the password itself lacks _FILE.
  void refuseBoth(const std::string& path, const std::string& name) {
    const std::string plain = name.substr(0, name.size() - Slice("_FILE").size());
    if (variable(name) && variable(plain)) draft_.refuse({name}, path, "given beside " + plain + "; expected one of them");
  }

  void applyOne(Slice path, const std::optional<Given>& given) {
    if (!given || path == kListenerPath || path == kSeedsPath) return;
    if (path.starts_with(kUpstreamPrefix)) return applyToUpstream(path.substr(kUpstreamPrefix.size()), *given);
    store(std::string(path), rowAt(settingRows(), path), *given, given->values.back(), draft_.settings);
  }

  /// Without an upstream there is an error already; with several it would be a guess whom a password is for.
  void applyToUpstream(Slice key, const Given& given) {
    std::vector<UpstreamSettings>& upstreams = draft_.settings.upstreams;
    if (upstreams.size() > 1)
      draft_.refuse(given.origin, "upstreams", "the file has several upstreams; expected one, or the setting in the file");
    if (upstreams.size() != 1) return;
    const std::string path = "upstreams." + upstreams.front().name + "." + std::string(key);
    store(path, rowAt(upstreamRows(), key), given, given.values.back(), upstreams.front());
  }

  std::optional<Value> read(const std::string& path, const RowFacts& row, const Given& given, const std::string& text) {
    draft_.origins[path] = given.origin;
    Result<Value> value = readValue(row, text);
    if (value.ok()) return std::move(value.value());
    draft_.refuse(given.origin, path, value.error());
    return std::nullopt;
  }

  template <class Owner>
  void store(const std::string& path, const Row<Owner>& row, const Given& given, const std::string& text, Owner& owner) {
    if (std::optional<Value> value = read(path, row, given, text)) row.store(owner, std::move(*value));
  }

  const CommandLine& line_;
  const Environment& environment_;
  Draft& draft_;
};

}  // namespace

void applyOutside(const CommandLine& line, const Environment& environment, Draft& draft) {
  Outside(line, environment, draft).apply();
}

}  // namespace slotway::settings
