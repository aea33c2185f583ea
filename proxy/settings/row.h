// What one row of settings/rows.h says about a setting: how it is written, its default, what is accepted, what it is for.
// Owner: the tables in rows.cc. Thread: any (constants).
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/slice.h"

namespace slotway::settings {

enum class Kind : uint8_t {
  Workers,       ///< auto (0) or a whole number
  Integer,
  Duration,      ///< in ms
  Size,          ///< in bytes
  Choice,        ///< one of the range's words; the number is its index, in the order of the enum it is stored in
  Text,
  Secret,        ///< text that no message may repeat
  SecretFile,    ///< the path of a file; the value is what is in it
  Bind,          ///< host:port, [IPv6]:port or unix:/path
  AdminBind,     ///< host:port, [IPv6]:port or off
  HostPort,      ///< host:port or [IPv6]:port
  HashTag,       ///< text without braces
  UpstreamName,
  Seeds,         ///< a list of host:port
  AddressMap,    ///< a map of addresses to addresses
};

/// May the setting change while the program runs, or is it read at start only?
enum class Change : uint8_t { Live, Restart };

enum class Presence : uint8_t { Default, Optional, Required };

/// What holds when the setting is not given. The text is the default, or else an example for the sample file.
struct Preset {
  Presence presence;
  Slice text;
};
constexpr Preset byDefault(Slice text) { return {Presence::Default, text}; }
constexpr Preset optional(Slice example) { return {Presence::Optional, example}; }
constexpr Preset required(Slice example) { return {Presence::Required, example}; }

/// What is accepted, written as the operator writes it.
struct Range {
  Slice least;
  Slice most;
  Slice words;
};
constexpr Range between(Slice least, Slice most) { return {least, most, {}}; }
constexpr Range oneOf(Slice words) { return {{}, {}, words}; }
constexpr Range anything() { return {}; }

/// A value that has been read; its row's kind says which member holds it.
struct Value {
  uint64_t number = 0;
  std::string text{};
  std::vector<std::string> list{};
  std::vector<std::pair<std::string, std::string>> map{};
};

struct RowFacts {
  Slice path;  ///< "timeouts.connect"; for listeners and upstreams the key inside one of them
  Kind kind;
  Preset preset;
  Range range;
  Change change;
  Slice doc;   ///< one sentence
};

/// Owner is what the setting belongs to: Settings, ListenerSettings or UpstreamSettings.
template <class Owner>
struct Row : RowFacts {
  void (*store)(Owner&, Value&&);
};

}  // namespace slotway::settings
