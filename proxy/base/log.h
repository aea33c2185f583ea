// One line per event with key=value fields, written by a thread of its own so that no worker waits for a disk.
// Text: `2026-01-02T03:04:05.678Z info topology_changed epoch=7 nodes=6`; json: one object a line with the same fields.
// Owner: the process. Thread: any; start and stop on the main thread. When the queue is full the oldest lines go.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "base/result.h"
#include "base/slice.h"

namespace slotway::log {

enum class Level : uint8_t { Debug, Info, Warn, Error };
enum class Format : uint8_t { Text, Json };

/// A field's value is rendered at once: text is quoted where it must be, numbers stand bare.
struct Field {
  template <class Number>
    requires std::is_arithmetic_v<Number>
  Field(Slice fieldKey, Number number) : key(fieldKey), value(std::to_string(number)), bare(true) {}
  Field(Slice fieldKey, Slice text) : key(fieldKey), value(text), bare(false) {}
  Field(Slice fieldKey, const char* text) : Field(fieldKey, Slice(text)) {}
  Field(Slice fieldKey, const std::string& text) : Field(fieldKey, Slice(text)) {}

  Slice key;
  std::string value;
  bool bare;
};

using Fields = std::initializer_list<Field>;

/// Before start() and after stop() events go to stderr unbuffered.
void start(Level level, Format format);
void stop();
void setLevel(Level level);
bool enabled(Level level);

void event(Level level, Slice name, Fields fields = {});
inline void debug(Slice name, Fields fields = {}) { event(Level::Debug, name, fields); }
inline void info(Slice name, Fields fields = {}) { event(Level::Info, name, fields); }
inline void warn(Slice name, Fields fields = {}) { event(Level::Warn, name, fields); }
inline void error(Slice name, Fields fields = {}) { event(Level::Error, name, fields); }

/// The line without its time stamp: what event() writes (also for tests).
std::string render(Format format, Level level, Slice name, Fields fields);

}  // namespace slotway::log
