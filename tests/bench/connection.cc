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
  if (awaited_ != 0 || stream_.writing()) return;
  out_.truncate(0);
  awaited_ = owner_.nextBatch(*this, out_);
  if (awaited_ == 0) return;
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
    const ReplyScanner::Status status = scanner_.scan(input);
    input.remove_prefix(scanner_.consumed());
    if (status == ReplyScanner::Status::Error || (status == ReplyScanner::Status::Complete && awaited_ == 0)) {
      return owner_.failed("a reply that makes no sense");
    }
    if (status == ReplyScanner::Status::NeedMore) break;
    --awaited_;
    owner_.replied(waited, scanner_.type() == '-');
  }
  if (!input.empty()) line_.append(input);
  if (awaited_ == 0) go();
}

}  // namespace slotway::bench
