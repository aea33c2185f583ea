// Reads a whole reply, of RESP2 or RESP3, frame by frame, as a cursor: for those who must understand a reply (merges, COMMAND's facts).
// Never trusts: a frame that is cut short, a length that lies or an unknown type ends the reading with ok() == false.
// No stack and no memory of its own: skip() passes over an aggregate by counting frames.
// Owner: whoever reads; the bytes must outlive it. Thread: any (pure).
// Source: the RESP2 and RESP3 specifications.
#pragma once
#include <cstdint>

#include "base/slice.h"

namespace slotway::resp {

class ReplyReader {
 public:
  struct Frame {
    char type = 0;       ///< '+' '-' ':' '$' '*' and RESP3's own; 0: there was none
    Slice text;          ///< of '+' '-' ':' ',' '#' '(' the line, of '$' '!' '=' the bytes
    int64_t number = 0;  ///< of ':' the value, of an aggregate the number that it announces (of a map: pairs)
    bool null = false;   ///< "$-1", "*-1" and "_"

    bool isText() const { return (type == '$' || type == '+') && !null; }
    bool isArray() const { return type == '*' && !null; }
    /// How many frames belong to it behind its header.
    uint64_t frames() const;
  };

  ReplyReader() = default;
  explicit ReplyReader(Slice bytes) : rest_(bytes) {}

  /// The next frame's header, and its bytes where it is no aggregate. An empty Frame when there is none (see ok()).
  Frame next();
  /// Passes over one whole frame, attributes before it included, and gives its bytes; empty when there is none.
  Slice skip();

  bool atEnd() const { return rest_.empty(); }
  bool ok() const { return ok_; }
  /// All bytes that have not been read.
  Slice rest() const { return rest_; }

 private:
  Frame fail();
  bool takeLine(Slice& line);
  bool takeQuickly(Slice& text);
  bool takeQuickly(Frame& frame);
  bool takeNull();
  bool takeBulk(Frame& frame);

  Slice rest_;
  bool ok_ = true;
};

}  // namespace slotway::resp
