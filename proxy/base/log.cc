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

void appendQuoted(std::string& out, Slice text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
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
  out += '"';
}

bool needsQuotes(Slice text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '"' || c == '=' || c == '\\') return true;
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
  logger.reset();
  spdlog::shutdown();
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
