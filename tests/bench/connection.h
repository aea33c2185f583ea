// One connection of the load generator: writes a batch of requests, waits for all its replies, writes the next one.
// Owner: the run, which tells it what to write. Thread: the loop's.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "expected.h"
#include "resp/reply_scanner.h"
#include "uv/stream.h"
#include "workload.h"

namespace slotway::bench {

class Connection;

class ConnectionOwner {
 public:
  /// Appends the next batch to both, which are empty; nothing: no more for now.
  virtual void nextBatch(Connection& connection, Bytes& out, ExpectedReplies& expected) = 0;
  /// A request is answered. `wrong`: how the first reply began that was not what it must be; empty when all were.
  virtual void replied(uint64_t microseconds, Slice wrong) = 0;
  virtual void failed(Slice reason) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class Connection final : private StreamOwner {
 public:
  Connection(Loop& loop, ConnectionOwner& owner, const Destination& destination);

  /// Connects, then begins with the first batch.
  void start();
  /// Asks for a batch again after there was none.
  void go();
  const Destination& destination() const { return destination_; }
  size_t filled = 0;       ///< keys written by this connection so far, for the owner
  bool introduced = false; ///< it has said HELLO, for the owner

 private:
  std::pair<char*, size_t> readTarget() override { return {loop_.readBuffer(), Loop::kReadBytes}; }
  void onBytes(size_t count) override;
  void onEnd() override { owner_.failed("closed by the peer"); }
  void onBroken(Slice reason) override { owner_.failed(reason); }
  void onWritten() override;
  void onConnected(Slice failure) override;
  void beginReply(Slice input);
  void endReply(uint64_t waitedUs);
  bool waiting() const { return answered_ < expected_.size(); }

  Loop& loop_;
  ConnectionOwner& owner_;
  const Destination& destination_;
  Stream stream_;
  ReplyScanner scanner_;
  Bytes out_;
  Bytes line_;                ///< an unfinished line of a reply
  ExpectedReplies expected_;  ///< of the batch
  size_t answered_ = 0;       ///< of them
  std::array<char, 64> head_; ///< how the reply in progress begins
  size_t headBytes_ = 0;
  std::string wrong_;         ///< of the request in progress
  uint64_t sentUs_ = 0;
};

}  // namespace slotway::bench
