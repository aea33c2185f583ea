#include "uv/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "uv/address.h"

namespace slotway {
namespace {

constexpr int kKeepAliveSeconds = 30;
constexpr int kKeepAliveProbes = 10;
constexpr size_t kPiecesPerWrite = 64;
// The kernel copies and delivers a write at once, and others wait: what is more of it leaves with the loop's next looks.
constexpr size_t kBytesPerWrite = 256 * 1024;
// A read that filled all it was given is followed by another one at once, so often at most: then others have their turn.
constexpr int kReadsPerEvent = 2;

void set(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

void setTcpOptions(int fd, const Address& peer) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveSeconds);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
  // Within one machine there is no congestion to control; the plainest algorithm, which every kernel has, costs least.
  constexpr Slice kPlainest = "reno";
  if (peer.isLoopback()) setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, kPlainest.data(), kPlainest.size());
}

int takeSocketError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// One write of these, as far as it may go. How much the kernel took; -1 when the connection is broken.
ssize_t sendPieces(int fd, std::span<const Slice> pieces) {
  std::array<iovec, kPiecesPerWrite> vectors;
  size_t used = 0;
  for (size_t bytes = 0; used < pieces.size() && used < vectors.size() && bytes < kBytesPerWrite; ++used) {
    const Slice piece = pieces[used].substr(0, kBytesPerWrite - bytes);
    vectors[used] = {const_cast<char*>(piece.data()), piece.size()};
    bytes += piece.size();
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = used;
  while (true) {
    const ssize_t count = used == 1 ? send(fd, vectors[0].iov_base, vectors[0].iov_len, MSG_NOSIGNAL)
                                    : sendmsg(fd, &message, MSG_NOSIGNAL);
    if (count >= 0) return count;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) return 0;
    if (errno != EINTR) return -1;
  }
}

}  // namespace

/// A connect in progress: name look-up first, then one address after the other.
struct Stream::Connecting {
  Stream* stream;  ///< null once the stream has gone
  Loop& loop;
  uv_getaddrinfo_t lookup{};
  bool lookingUp = false;
  addrinfo* found = nullptr;
  addrinfo* next = nullptr;

  ~Connecting() { uv_freeaddrinfo(found); }

  static void onResolved(uv_getaddrinfo_t* request, int status, addrinfo* list) {
    auto* self = static_cast<Connecting*>(request->data);
    self->lookingUp = false;
    self->found = self->next = list;
    if (self->stream == nullptr) {
      delete self;
    } else if (status != 0) {
      self->stream->finishConnecting(uv_strerror(status));
    } else {
      self->stream->tryNextAddress();
    }
  }
};

/// What the kernel has not taken of a write: small pieces copied, large ones where they lie.
struct Stream::Rest {
  Bytes own;  ///< what is copied or has been taken over
  std::vector<Slice> pieces;
  size_t next = 0;  ///< of pieces
  size_t bytes = 0;

  Rest(std::span<const Slice> all, size_t skip) {
    size_t copiedBytes = 0;
    for (Slice piece : all) {
      const size_t gone = std::min(skip, piece.size());
      skip -= gone;
      if (gone == piece.size()) continue;
      pieces.push_back(piece.substr(gone));
      bytes += pieces.back().size();
      if (pieces.back().size() <= kCopiedBytes) copiedBytes += pieces.back().size();
    }
    own.reserve(copiedBytes);
    for (Slice& piece : pieces) {
      if (piece.size() > kCopiedBytes) continue;
      own.append(piece);
      piece = {own.tail() - piece.size(), piece.size()};
    }
  }

  Rest(Bytes&& all, size_t skip) : own(std::move(all)), pieces{own.slice().substr(skip)}, bytes(pieces[0].size()) {}

  void took(size_t count) {
    bytes -= count;
    while (count > 0) {
      Slice& piece = pieces[next];
      const size_t part = std::min(count, piece.size());
      piece.remove_prefix(part);
      count -= part;
      if (piece.empty()) ++next;
    }
  }
};

Stream::Stream(StreamOwner& owner) : owner_(owner) {}

Stream::~Stream() {
  if (connecting_ != nullptr) {
    connecting_->stream = nullptr;
    if (!connecting_->lookingUp) {
      delete connecting_;
    } else {
      uv_cancel(reinterpret_cast<uv_req_t*>(&connecting_->lookup));
    }
  }
  closeDescriptor();
}

void Stream::closeDescriptor() {
  if (poll_ != nullptr) poll_->data = nullptr;
  poll_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  listened_ = 0;
}

bool Stream::watch(Loop& loop, int fd) {
  fd_ = fd;
  auto handle = std::make_unique<uv_poll_t>();
  if (uv_poll_init(loop.raw(), handle.get(), fd) != 0) {
    closeDescriptor();
    return false;
  }
  poll_.reset(handle.release());
  poll_->data = this;
  return true;
}

bool Stream::open(Loop& loop, int fd) {
  CHECK_THAT(fd_ < 0);
  const Address peer = Address::ofPeer(fd);
  if (!Address::ofSelf(fd).isUnix()) setTcpOptions(fd, peer);
  return watch(loop, fd);
}

// --- connecting ---

void Stream::connect(Loop& loop, const std::string& host, uint16_t port) {
  CHECK_THAT(fd_ < 0 && connecting_ == nullptr);
  connecting_ = new Connecting{this, loop};
  // Look-ups share a few threads; an address must not wait there behind names that nobody answers for.
  sockaddr_storage numeric{};
  if (uv_ip4_addr(host.c_str(), port, reinterpret_cast<sockaddr_in*>(&numeric)) == 0 ||
      uv_ip6_addr(host.c_str(), port, reinterpret_cast<sockaddr_in6*>(&numeric)) == 0) {
    return connectTo(reinterpret_cast<const sockaddr*>(&numeric));
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  connecting_->lookup.data = connecting_;
  connecting_->lookingUp = true;
  const int status = uv_getaddrinfo(loop.raw(), &connecting_->lookup, Connecting::onResolved, host.c_str(),
                                    std::to_string(port).c_str(), &hints);
  CHECK_THAT(status == 0);
}

void Stream::tryNextAddress() {
  const addrinfo* address = connecting_->next;
  connecting_->next = address->ai_next;
  connectTo(address->ai_addr);
}

void Stream::connectTo(const sockaddr* address) {
  closeDescriptor();
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return connectDone(errno);
  if (!watch(connecting_->loop, fd)) return connectDone(ENOMEM);
  const socklen_t size = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  const int status = ::connect(fd, address, size);
  if (status != 0 && errno != EINPROGRESS) return connectDone(errno);
  listen();
}

// One address has answered, or (error != 0) will not.
void Stream::connectDone(int error) {
  if (error != 0 && connecting_->next != nullptr) return tryNextAddress();
  if (error == 0) setTcpOptions(fd_, Address::ofPeer(fd_));
  finishConnecting(error == 0 ? "" : uv_strerror(uv_translate_sys_error(error)));
}

// Of the attempt to connect.
void Stream::finishConnecting(Slice failure) {
  delete connecting_;
  connecting_ = nullptr;
  if (fd_ >= 0) listen();
  owner_.onConnected(failure);
}

// --- events ---

// Tells libuv what is waited for, where that has changed.
void Stream::listen() {
  const bool wantsToWrite = rest_ != nullptr || connecting_ != nullptr;
  const uint8_t wanted =
      (reading_ ? UV_READABLE : 0) | (wantsToWrite ? UV_WRITABLE : 0) | (awaitsEnd_ ? UV_DISCONNECT : 0);
  if (wanted == listened_) return;
  listened_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(poll_.get());
  } else {
    uv_poll_start(poll_.get(), wanted, &Stream::onPoll);
  }
}

// The stream may go in any call to its owner; the handle stays until the loop has closed it, without the stream.
void Stream::onPoll(uv_poll_t* handle, int status, int events) {
  auto* self = static_cast<Stream*>(handle->data);
  if (status != 0) {
    // The socket has an error, and libuv waits no more: whoever reads or writes shall see what it is.
    events = self->listened_;
    self->listened_ = 0;
  }
  if (self->connecting_ != nullptr) return self->connectDone(takeSocketError(self->fd_));
  // What has arrived is read first: a write would find a connection that the peer has reset, and end it with replies unread.
  for (int i = 0; (events & UV_READABLE) != 0 && i < kReadsPerEvent; ++i) {
    if (handle->data == nullptr || !self->reading_) break;
    if (!self->read()) break;
  }
  if (handle->data != nullptr && (events & UV_WRITABLE) != 0 && self->rest_ != nullptr) self->writeOn();
  if (handle->data != nullptr && (events & UV_DISCONNECT) != 0 && std::exchange(self->awaitsEnd_, false)) self->owner_.onEnd();
  if (handle->data != nullptr) self->listen();
}

// False: there is no more for now.
bool Stream::read() {
  const auto [start, size] = owner_.readTarget();
  if (size == 0) return false;
  const ssize_t count = recv(fd_, start, size, 0);
  if (count > 0) {
    const bool filled = static_cast<size_t>(count) == size;
    Loop::of(*poll_).countRead(static_cast<size_t>(count));
    owner_.onBytes(static_cast<size_t>(count));
    return filled;
  }
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return false;
  const int error = errno;
  stopReading();
  if (count == 0) {
    owner_.onEnd();
  } else {
    owner_.onBroken(uv_strerror(uv_translate_sys_error(error)));
  }
  return false;
}

void Stream::startReading() {
  reading_ = true;
  awaitsEnd_ = false;
  listen();
}

void Stream::stopReading() {
  reading_ = awaitsEnd_ = false;
  if (fd_ >= 0) listen();
}

void Stream::awaitEnd() {
  CHECK_THAT(!reading_);
  awaitsEnd_ = true;
  if (fd_ >= 0) listen();
}

// --- writing ---

Stream::Written Stream::write(std::span<const Slice> pieces) {
  CHECK_THAT(rest_ == nullptr);
  const ssize_t took = sendPieces(fd_, pieces);
  if (took < 0) return Written::Broken;
  size_t bytes = 0;
  for (const Slice piece : pieces) bytes += piece.size();
  if (static_cast<size_t>(took) == bytes) return Written::All;
  rest_ = std::make_unique<Rest>(pieces, static_cast<size_t>(took));
  listen();
  return Written::Waiting;
}

Stream::Written Stream::write(Bytes&& bytes) {
  CHECK_THAT(rest_ == nullptr);
  Bytes leaving = std::move(bytes);
  const Slice piece = leaving.slice();
  const ssize_t took = sendPieces(fd_, {&piece, 1});
  if (took < 0) return Written::Broken;
  if (static_cast<size_t>(took) == leaving.size()) return Written::All;
  rest_ = std::make_unique<Rest>(std::move(leaving), static_cast<size_t>(took));
  listen();
  return Written::Waiting;
}

void Stream::writeOn() {
  const ssize_t took = sendPieces(fd_, std::span<const Slice>(rest_->pieces).subspan(rest_->next));
  if (took < 0) {
    // The rest stays meanwhile: unwritten() tells what the peer cannot have seen.
    const uv_poll_t* const handle = poll_.get();
    owner_.onBroken(uv_strerror(uv_translate_sys_error(errno)));
    if (handle->data != nullptr) rest_.reset();
    return;
  }
  rest_->took(static_cast<size_t>(took));
  if (rest_->bytes > 0) return;
  rest_.reset();
  owner_.onWritten();
}

void Stream::forget() {
  const linger atOnce{.l_onoff = 1, .l_linger = 0};
  if (fd_ >= 0) setsockopt(fd_, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
  rest_.reset();
}

size_t Stream::unwritten() const { return rest_ == nullptr ? 0 : rest_->bytes; }

size_t Stream::heldBytes() const { return rest_ == nullptr ? 0 : rest_->own.capacity(); }

}  // namespace slotway
