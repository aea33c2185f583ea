#include "client/monitor_line.h"

#include <cstdio>

#include "command/words.h"

namespace slotway {
namespace {

constexpr Slice kPasswordWord = "auth";  // the command, and the option of HELLO

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

std::string monitorLine(uint64_t atUs, Slice client, std::span<const Slice> args, Secrets secrets) {
  char time[48];
  std::snprintf(time, sizeof time, "+%lu.%06lu", static_cast<unsigned long>(atUs / 1000000),
                static_cast<unsigned long>(atUs % 1000000));
  std::string text = time;
  text += " [0 " + std::string(client) + "]";
  size_t hidden = 0;  // so many words from here on
  for (const Slice arg : args) {
    text += ' ';
    appendQuoted(text, hidden > 0 ? Slice("(redacted)") : arg);
    // Behind the command stands a password, or a user and a password; behind the option always both.
    if (hidden > 0) --hidden;
    else if (secrets == Secrets::Possible && sameWord(arg, kPasswordWord)) hidden = 2;
  }
  return text + "\r\n";
}

}  // namespace slotway
