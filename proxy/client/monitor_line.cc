#include "client/monitor_line.h"

#include <cstdio>

namespace slotway {
namespace {

// A letter for what has one: \n \r \t \a \b.
char escapeOf(char c) {
  switch (c) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    case '\a': return 'a';
    case '\b': return 'b';
    case '\\':
    case '"': return c;
    default: return 0;
  }
}

void appendQuoted(std::string& text, Slice word) {
  text += '"';
  for (const char c : word) {
    if (const char escape = escapeOf(c); escape != 0) {
      text += '\\';
      text += escape;
    } else if (c >= ' ' && c <= '~') {
      text += c;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      text += hex;
    }
  }
  text += '"';
}

}  // namespace

std::string monitorLine(uint64_t atUs, Slice client, std::span<const Slice> args) {
  char time[48];
  std::snprintf(time, sizeof time, "+%lu.%06lu", static_cast<unsigned long>(atUs / 1000000),
                static_cast<unsigned long>(atUs % 1000000));
  std::string text = time;
  text += " [0 " + std::string(client) + "]";
  for (const Slice arg : args) {
    text += ' ';
    appendQuoted(text, arg);
  }
  return text + "\r\n";
}

}  // namespace slotway
