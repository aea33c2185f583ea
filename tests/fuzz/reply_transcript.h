// What a ReplyScanner makes of a stream that arrives in pieces, one line for each reply:
//
//     $ 12 (a reply of type '$' and 12 bytes)   error   rest * 7 3 (unfinished: type, bytes consumed of it, bulk left)
//
// The transcript must not depend on the cuts. On the way it checks what must hold whatever the bytes are.
#pragma once
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "cuts.h"
#include "resp/reply_scanner.h"

namespace slotway {

class ReplyTranscript {
 public:
  ReplyTranscript(Slice stream, Cuts cuts) : stream_(stream), cuts_(cuts) {}

  std::vector<std::string> lines() {
    while (replyStart_ != stream_.size() && readOne()) {
    }
    return lines_;
  }

 private:
  using Status = ReplyScanner::Status;

  // False when the stream ends or the scanner gives up.
  bool readOne() {
    Status status = scan();
    while (status == Status::NeedMore && shown_ != stream_.size()) {
      const size_t certainlyUpTo = consumed_ + scanner_.bulkLeft();
      shown_ += std::min(cuts_.next(), stream_.size() - shown_);
      status = scan();
      CHECK_THAT(shown_ >= certainlyUpTo || status != Status::Complete);
    }
    return note(status);
  }

  // Only what has not been consumed is shown, in a block of exactly that size.
  Status scan() {
    const size_t size = shown_ - consumed_;
    const auto block = std::make_unique<char[]>(size);
    if (size != 0) std::memcpy(block.get(), stream_.data() + consumed_, size);
    const Status status = scanner_.scan({block.get(), size});
    CHECK_THAT(scanner_.consumed() <= size);
    consumed_ += scanner_.consumed();
    CHECK_THAT(status != Status::NeedMore || shown_ - consumed_ < size_t{64} * 1024);
    return status;
  }

  bool note(Status status) {
    const std::string size = std::to_string(consumed_ - replyStart_);
    if (status == Status::Error) {
      lines_.push_back("error");
      return false;
    }
    CHECK_THAT(scanner_.midway() == (status == Status::NeedMore && consumed_ != replyStart_));
    if (status == Status::NeedMore) {
      lines_.push_back("rest " + type() + " " + size + " " + std::to_string(scanner_.bulkLeft()));
      return false;
    }
    lines_.push_back(type() + " " + size);
    replyStart_ = consumed_;
    return true;
  }

  std::string type() const {
    const bool known = scanner_.type() != 0 && consumed_ != replyStart_;
    return known ? std::string(1, scanner_.type()) : "?";
  }

  const Slice stream_;
  Cuts cuts_;
  size_t replyStart_ = 0;
  size_t consumed_ = 0;
  size_t shown_ = 0;  ///< how much of the stream has arrived
  ReplyScanner scanner_;
  std::vector<std::string> lines_;
};

}  // namespace slotway
