// Writes RESP frames behind what is already in a Bytes.
// Source: the RESP2 and RESP3 specifications. Thread: that of the Bytes' owner (pure).
#pragma once
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/slice.h"

namespace slotway::resp {

void simple(Bytes& out, Slice text);      ///< +text
/// -text; line breaks in `text` become spaces, since they would end the frame.
void error(Bytes& out, Slice text);
void integer(Bytes& out, int64_t value);  ///< :value
void bulk(Bytes& out, Slice bytes);       ///< $n
void null(Bytes& out);                    ///< $-1 (RESP2)
void arrayHeader(Bytes& out, size_t elements);
/// A whole request: an array of bulks.
void request(Bytes& out, std::span<const Slice> args);

}  // namespace slotway::resp
