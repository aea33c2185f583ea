#include "connection.h"

namespace slotway::bench {

Connection::Connection(Loop& loop, ConnectionOwner& owner, const Destination& destination)
    : loop_(loop), owner_(owner), destination_(destination), stream_(*this) {}

void Connection::start() { stream_.connect(loop_, destination_.endpoint.host, destination_.endpoint.port); }

void Connection::onConnected(Slice failure) {
  if (!failure.empty()) return owner_.failed(failure);
  stream_.startReading();
  go();
}

void Connection::go() {
  if (waiting() || stream_.writing()) return;
  out_.truncate(0);
  expected_.clear();
  answered_ = 0;
  owner_.nextBatch(*this, out_, expected_);
  if (!waiting()) return;
  sentUs_ = Loop::monotonicUs();
  const Slice piece = out_.slice();
  if (stream_.write({&piece, 1}) == Stream::Written::Broken) owner_.failed("connection broken while writing");
}

void Connection::onWritten() { go(); }

void Connection::onBytes(size_t count) {
  Slice input{loop_.readBuffer(), count};
  Bytes joined;
  if (!line_.empty()) {
    joined = std::move(line_);
    joined.append(input);
    input = joined.slice();
  }
  const uint64_t waited = Loop::monotonicUs() - sentUs_;
  while (!input.empty()) {
    if (!scanner_.midway()) beginReply(input);
    const ReplyScanner::Status status = scanner_.scan(input);
    input.remove_prefix(scanner_.consumed());
    if (status == ReplyScanner::Status::Error || (status == ReplyScanner::Status::Complete && !waiting())) {
      return owner_.failed("a reply that makes no sense");
    }
    if (status == ReplyScanner::Status::NeedMore) break;
    endReply(waited);
  }
  if (!input.empty()) line_.append(input);
  if (!waiting()) go();
}

// An unfinished line is shown again, so the last time counts.
void Connection::beginReply(Slice input) {
  headBytes_ = input.copy(head_.data(), head_.size());
}

void Connection::endReply(uint64_t waitedUs) {
  const Expected expected = expected_[answered_++];
  const Slice head{head_.data(), headBytes_};
  if (!fits(expected, head) && wrong_.empty()) wrong_ = head.substr(0, head.find('\r'));
  if (expected == Expected::Protocol && !wrong_.empty()) return owner_.failed("no RESP3: " + wrong_);
  if (expected != Expected::Any && expected != Expected::Executed) return;
  owner_.replied(waitedUs, wrong_);
  wrong_.clear();
}

}  // namespace slotway::bench
