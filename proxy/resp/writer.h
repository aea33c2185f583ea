// Writes RESP frames behind what is already in a Bytes. What RESP2 and RESP3 have in common is written the same for both;
// what they have not takes the version: a map is a flat array in RESP2, a set an array, a text a plain string.
// Source: the RESP2 and RESP3 specifications. Thread: that of the Bytes' owner (pure).
#pragma once
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/slice.h"
#include "resp/version.h"

namespace slotway::resp {

void simple(Bytes& out, Slice text);      ///< +text
/// -text; line breaks in `text` become spaces, since they would end the frame.
void error(Bytes& out, Slice text);
Bytes errorFrame(Slice text);
void integer(Bytes& out, int64_t value);  ///< :value
void bulk(Bytes& out, Slice bytes);       ///< $n
void bulkHeader(Bytes& out, size_t bytes);   ///< what stands before them; a line end has to follow them
void arrayHeader(Bytes& out, size_t elements);

void null(Bytes& out, Version version);                      ///< $-1, or _
void nullArray(Bytes& out, Version version);                 ///< *-1, or _
void mapHeader(Bytes& out, size_t pairs, Version version);   ///< %n
void setHeader(Bytes& out, size_t elements, Version version);   ///< ~n
void pushHeader(Bytes& out, size_t elements, Version version);  ///< >n
/// A text for people to read: =n, txt:text
void verbatim(Bytes& out, Slice text, Version version);

/// A whole request: an array of bulks.
void request(Bytes& out, std::span<const Slice> args);

}  // namespace slotway::resp
