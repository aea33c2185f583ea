#include "base/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace slotway::log {
namespace {

constexpr size_t kQueueLines = 8192;

std::shared_ptr<spdlog::logger> logger;
std::atomic<Level> threshold{Level::Info};
std::atomic<Format> lineFormat{Format::Text};

Slice nameOf(Level level) {
  switch (level) {
    case Level::Debug: return "debug";
    case Level::Info: return "info";
    case Level::Warn: return "warn";
    case Level::Error: return "error";
  }
  return "error";
}

// The length of the well-formed UTF-8 sequence that `text` begins with; 0: it begins with none.
// Source: table 3-7 of the Unicode standard.
size_t sequenceLength(Slice text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool noCharacter = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || noCharacter ? 0 : length;
}

void appendEscaped(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (byte < 0x20 || byte == 0x7f) {
    out += "\\u00";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  } else {
    out += c;
  }
}

// Names and keys may hold any bytes, but a line that is not UTF-8 is refused by what reads it.
void appendQuoted(std::string& out, Slice text) {
  out += '"';
  while (!text.empty()) {
    const size_t length = sequenceLength(text);
    if (length == 1) appendEscaped(out, text[0]);
    if (length == 0) out += "\\ufffd";
    if (length > 1) out += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

bool needsQuotes(Slice text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

}  // namespace

std::string render(Format format, Level level, Slice name, Fields fields) {
  std::string line;
  if (format == Format::Json) {
    line += "\"level\":\"";
    line += nameOf(level);
    line += "\",\"event\":";
    appendQuoted(line, name);
    for (const Field& field : fields) {
      line += ',';
      appendQuoted(line, field.key);
      line += ':';
      if (field.bare) line += field.value; else appendQuoted(line, field.value);
    }
    return line;
  }
  line += nameOf(level);
  line += ' ';
  line += name;
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (!field.bare && needsQuotes(field.value)) appendQuoted(line, field.value); else line += field.value;
  }
  return line;
}

void start(Level level, Format format) {
  threshold = level;
  lineFormat = format;
  spdlog::init_thread_pool(kQueueLines, 1);
  logger = std::make_shared<spdlog::async_logger>("slotway", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                                  spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  const char* pattern = format == Format::Json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",%v}" : "%Y-%m-%dT%H:%M:%S.%eZ %v";
  logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
}

void stop() {
  spdlog::shutdown();  // ends the writing thread, which may still hold the logger
  logger.reset();
}

void setLevel(Level level) { threshold = level; }

bool enabled(Level level) { return level >= threshold.load(std::memory_order_relaxed); }

void event(Level level, Slice name, Fields fields) {
  if (!enabled(level)) return;
  const std::string line = render(lineFormat.load(std::memory_order_relaxed), level, name, fields);
  if (logger != nullptr) {
    logger->log(spdlog::level::info, "{}", line);
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

}  // namespace slotway::log
