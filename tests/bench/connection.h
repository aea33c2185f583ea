// One connection of the load generator: writes a batch of requests, waits for all its replies, writes the next one.
// Owner: the run, which tells it what to write. Thread: the loop's.
#pragma once
#include <cstdint>

#include "base/bytes.h"
#include "resp/reply_scanner.h"
#include "uv/stream.h"
#include "workload.h"

namespace slotway::bench {

class Connection;

class ConnectionOwner {
 public:
  /// Appends the next batch and says how many requests it has; 0: nothing more for now.
  virtual size_t nextBatch(Connection& connection, Bytes& out) = 0;
  /// A reply came; `isError` when it is an error reply.
  virtual void replied(uint64_t microseconds, bool isError) = 0;
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
  size_t filled = 0;  ///< keys written by this connection so far, for the owner

 private:
  std::pair<char*, size_t> readTarget() override { return {loop_.readBuffer(), Loop::kReadBytes}; }
  void onBytes(size_t count) override;
  void onEnd() override { owner_.failed("closed by the peer"); }
  void onBroken(Slice reason) override { owner_.failed(reason); }
  void onWritten() override;
  void onConnected(Slice failure) override;

  Loop& loop_;
  ConnectionOwner& owner_;
  const Destination& destination_;
  Stream stream_;
  ReplyScanner scanner_;
  Bytes out_;
  Bytes line_;          ///< an unfinished line of a reply
  size_t awaited_ = 0;  ///< replies
  uint64_t sentUs_ = 0;
};

}  // namespace slotway::bench
