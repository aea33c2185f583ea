// What a RequestParser makes of a stream that arrives in pieces, one line for each request:
//
//     {GET,k}   ~{GET,k} (inline)   empty   error Protocol error: ...   more 3 (unfinished at the end, 3 bytes missing)
//
// The transcript must not depend on the cuts. On the way it checks what must hold whatever the bytes are.
#pragma once
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "cuts.h"
#include "resp/request_parser.h"
#include "resp/writer.h"

namespace slotway {

/// Moves: every call sees the bytes at another address, in a block of exactly their size.
enum class Buffer : uint8_t { Stays, Moves };

class RequestTranscript {
 public:
  RequestTranscript(Slice stream, Cuts cuts, Buffer buffer, const RequestParser::Limits& limits = {})
      : stream_(stream), cuts_(cuts), buffer_(buffer), limits_(limits), kept_(stream) {}

  std::vector<std::string> lines() {
    while (start_ != stream_.size() && readOne()) {
    }
    return lines_;
  }

 private:
  using Status = RequestParser::Status;

  // False when the stream ends or the parser gives up.
  bool readOne() {
    Status status = parse();
    while (status == Status::NeedMore && shown_ != stream_.size()) {
      const size_t certainlyUpTo = shown_ + parser_.missing();
      CHECK_THAT(certainlyUpTo > shown_);
      shown_ += std::min(cuts_.next(), stream_.size() - shown_);
      status = parse();
      CHECK_THAT(shown_ >= certainlyUpTo || status == Status::NeedMore);
    }
    return note(status);
  }

  Status parse() {
    const size_t size = shown_ - start_;
    data_ = kept_.data() + start_;
    if (buffer_ == Buffer::Moves) {
      auto fresh = std::make_unique<char[]>(size);
      if (size != 0) std::memcpy(fresh.get(), stream_.data() + start_, size);
      block_ = std::move(fresh);
      data_ = block_.get();
    }
    return parser_.parse(data_, size, args_, limits_);
  }

  bool note(Status status) {
    if (status == Status::NeedMore) {
      lines_.push_back("more " + std::to_string(parser_.missing()));
      return false;
    }
    if (status == Status::Error) {
      CHECK_THAT(parser_.error().starts_with("Protocol error: "));
      CHECK_THAT(parser_.error().find_first_of("\r\n") == Slice::npos);
      lines_.push_back("error " + std::string(parser_.error()));
      return false;
    }
    CHECK_THAT(!parser_.midway());
    CHECK_THAT(parser_.consumed() >= 1 && parser_.consumed() <= shown_ - start_);
    lines_.push_back(status == Status::Empty ? "empty" : request());
    start_ += parser_.consumed();
    return true;
  }

  std::string request() const {
    CHECK_THAT(!args_.empty());
    if (!parser_.isInline()) checkWire();
    std::string line = parser_.isInline() ? "~{" : "{";
    for (const Slice arg : args_) {
      CHECK_THAT(arg.data() >= data_ && arg.data() + arg.size() <= data_ + parser_.consumed());
      line.append(arg).push_back(',');
    }
    line.back() = '}';
    return line;
  }

  // A request that passes is written in the one way that every server reads alike.
  void checkWire() const {
    Bytes canonical;
    resp::request(canonical, args_);
    CHECK_THAT(canonical.slice() == Slice(data_, parser_.consumed()));
  }

  const Slice stream_;
  Cuts cuts_;
  const Buffer buffer_;
  const RequestParser::Limits limits_;
  std::string kept_;
  std::unique_ptr<char[]> block_;
  char* data_ = nullptr;
  size_t start_ = 0;  ///< of the request in progress
  size_t shown_ = 0;  ///< how much of the stream has arrived
  RequestParser parser_;
  std::vector<Slice> args_;
  std::vector<std::string> lines_;
};

}  // namespace slotway
