#include "resp/writer.h"

#include <charconv>

namespace slotway::resp {
namespace {

// A type byte, the 20 characters of the longest 64-bit integer, and the line end.
constexpr size_t kHeaderBytes = 1 + 20 + 2;

char* lineEnd(char* at) {
  at[0] = '\r';
  at[1] = '\n';
  return at + 2;
}

// Writes one header line at `at`, where kHeaderBytes of room must be.
template <class Number>
char* header(char* at, char type, Number value) {
  *at = type;
  return lineEnd(std::to_chars(at + 1, at + kHeaderBytes, value).ptr);
}

template <class Number>
void headerLine(Bytes& out, char type, Number value) {
  out.reserve(out.size() + kHeaderBytes);
  out.added(static_cast<size_t>(header(out.tail(), type, value) - out.tail()));
}

char* copy(char* at, Slice bytes) {
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  return at + bytes.size();
}

void line(Bytes& out, char type, Slice text) {
  out.reserve(out.size() + text.size() + 3);
  char* at = out.tail();
  *at = type;
  out.added(static_cast<size_t>(lineEnd(copy(at + 1, text)) - at));
}

}  // namespace

void simple(Bytes& out, Slice text) { line(out, '+', text); }

void error(Bytes& out, Slice text) {
  const size_t start = out.size() + 1;
  line(out, '-', text);
  for (char *at = out.data() + start, *end = at + text.size(); at != end; ++at) {
    if (*at == '\r' || *at == '\n') *at = ' ';
  }
}

Bytes errorFrame(Slice text) {
  Bytes frame;
  error(frame, text);
  return frame;
}

void integer(Bytes& out, int64_t value) { headerLine(out, ':', value); }

void bulkHeader(Bytes& out, size_t bytes) { headerLine(out, '$', bytes); }

void bulk(Bytes& out, Slice bytes) {
  out.reserve(out.size() + kHeaderBytes + bytes.size() + 2);
  char* at = header(out.tail(), '$', bytes.size());
  out.added(static_cast<size_t>(lineEnd(copy(at, bytes)) - out.tail()));
}

void arrayHeader(Bytes& out, size_t elements) { headerLine(out, '*', elements); }

void null(Bytes& out, Version version) { out.append(version == Version::Resp3 ? "_\r\n" : "$-1\r\n"); }

void nullArray(Bytes& out, Version version) { out.append(version == Version::Resp3 ? "_\r\n" : "*-1\r\n"); }

void mapHeader(Bytes& out, size_t pairs, Version version) {
  version == Version::Resp3 ? headerLine(out, '%', pairs) : headerLine(out, '*', 2 * pairs);
}

void setHeader(Bytes& out, size_t elements, Version version) {
  headerLine(out, version == Version::Resp3 ? '~' : '*', elements);
}

void pushHeader(Bytes& out, size_t elements, Version version) {
  headerLine(out, version == Version::Resp3 ? '>' : '*', elements);
}

void verbatim(Bytes& out, Slice text, Version version) {
  if (version == Version::Resp2) return bulk(out, text);
  constexpr Slice kFormat = "txt:";
  headerLine(out, '=', kFormat.size() + text.size());
  out.append(kFormat);
  out.append(text);
  out.append("\r\n");
}

void request(Bytes& out, std::span<const Slice> args) {
  size_t size = out.size() + kHeaderBytes;
  for (const Slice arg : args) size += kHeaderBytes + arg.size() + 2;
  out.reserve(size);
  arrayHeader(out, args.size());
  for (const Slice arg : args) bulk(out, arg);
}

}  // namespace slotway::resp
