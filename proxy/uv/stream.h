// A connected byte stream, TCP or Unix. Reads go where the owner says; a write leaves at once, and only what the kernel
// does not take, or what is very much, is kept and waits for the socket (then EPOLLOUT is armed, not before).
// Everything above sees bytes in and bytes out, so a stream that encrypts fits in here without a change elsewhere: what
// would change is the one recv() and the one sendmsg() in stream.cc.
// Owner: a Client or a Link, which is its StreamOwner. Thread: the loop's.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/slice.h"
#include "uv/loop.h"

namespace slotway {

/// Who a stream tells. None of these is called after the Stream's destruction, nor from inside its functions but connect().
/// Each may destroy the Stream.
class StreamOwner {
 public:
  /// Where the next bytes may be put, and how many; 0 from one that has stopped reading just now.
  virtual std::pair<char*, size_t> readTarget() = 0;
  /// `count` bytes lie in what readTarget() gave.
  virtual void onBytes(size_t count) = 0;
  /// The peer will send nothing more; it may still read.
  virtual void onEnd() = 0;
  /// The connection broke; `reason` in words ("connection reset by peer").
  virtual void onBroken(Slice reason) = 0;
  /// After a write that had to wait: all of it is out.
  virtual void onWritten() = 0;
  /// After connect(): empty when it worked, else the reason.
  virtual void onConnected(Slice failure) = 0;

 protected:
  ~StreamOwner() = default;
};

class Stream {
 public:
  /// Pieces above this size are not copied when a write must wait: they must stay where they are until onWritten().
  static constexpr size_t kCopiedBytes = Loop::kReadBytes;

  explicit Stream(StreamOwner& owner);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Takes over an accepted descriptor. False when the system refuses it (it is closed then).
  bool open(Loop& loop, int fd);
  /// Resolves the name (each time anew) and connects to the first address that answers; onConnected() tells, from inside
  /// this call where the system refuses an address at once.
  void connect(Loop& loop, const std::string& host, uint16_t port);

  void startReading();
  void stopReading();
  /// Not while reading: onEnd() tells once the peer has closed, whatever it has sent before. Until reading starts or stops.
  void awaitEnd();
  bool reading() const { return reading_; }

  enum class Written : uint8_t { All, Waiting, Broken };
  /// Not while writing(). Waiting: onWritten() follows (or onBroken()). Broken: treat as onBroken().
  Written write(std::span<const Slice> pieces);
  /// The same for bytes of one's own, of whatever size: what must wait is taken over as it is.
  Written write(Bytes&& bytes);
  bool writing() const { return rest_ != nullptr; }
  /// What the peer has not been given by now it is not given any more, whoever has it, the kernel included: the connection
  /// ends with a reset instead of behind that. The stream is of no other use afterwards.
  void forget();
  /// Bytes of that write which the kernel has not taken yet.
  size_t unwritten() const;
  /// Memory of its own that this takes.
  size_t heldBytes() const;

  /// The descriptor, -1 when not open.
  int fd() const { return fd_; }

 private:
  struct Connecting;
  struct Rest;
  /// A descriptor's events end before it is closed.
  void closeDescriptor();
  bool watch(Loop& loop, int fd);
  void listen();
  static void onPoll(uv_poll_t* handle, int status, int events);
  bool read();
  void finishConnecting(Slice failure);
  void writeOn();
  void tryNextAddress();
  void connectTo(const sockaddr* address);
  void connectDone(int error);

  StreamOwner& owner_;
  HandlePtr<uv_poll_t> poll_;
  std::unique_ptr<Rest> rest_;        ///< of a write that the kernel did not take at once
  Connecting* connecting_ = nullptr;  ///< outlives us when we go first: a look-up cannot be taken back
  int fd_ = -1;
  uint8_t listened_ = 0;              ///< events that libuv waits for
  bool reading_ = false;
  bool awaitsEnd_ = false;
};

}  // namespace slotway
