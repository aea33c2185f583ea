#include "uv/stream.h"

#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/check.h"
#include "uv/address.h"

namespace slotway {
namespace {

constexpr unsigned kKeepAliveSeconds = 30;
constexpr size_t kPiecesPerWrite = 64;

uv_tcp_t* newTcp(Loop& loop) {
  auto* tcp = new uv_tcp_t;
  uv_tcp_init(loop.raw(), tcp);
  return tcp;
}

void setTcpOptions(uv_tcp_t* tcp) {
  uv_tcp_nodelay(tcp, 1);
  uv_tcp_keepalive(tcp, 1, kKeepAliveSeconds);
}

uv_buf_t bufferOf(Slice piece) {
  uv_buf_t buffer;
  buffer.base = const_cast<char*>(piece.data());
  buffer.len = piece.size();  // uv_buf_init would cut it to 32 bits
  return buffer;
}

}  // namespace

void Stream::CloseStream::operator()(uv_stream_t* handle) const {
  uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) {
    if (closed->type == UV_TCP) {
      delete reinterpret_cast<uv_tcp_t*>(closed);
    } else {
      delete reinterpret_cast<uv_pipe_t*>(closed);
    }
  });
}

/// A connect in progress: name look-up first, then one address after the other.
struct Stream::Connecting {
  Stream* stream;  ///< null once the stream has gone
  Loop& loop;
  uv_getaddrinfo_t lookup{};
  uv_connect_t request{};
  addrinfo* found = nullptr;
  addrinfo* next = nullptr;

  sockaddr_storage numeric{};  ///< the one address of a host that needs no look-up

  ~Connecting() { uv_freeaddrinfo(found); }

  static void onResolved(uv_getaddrinfo_t* request, int status, addrinfo* list) {
    auto* self = static_cast<Connecting*>(request->data);
    self->found = self->next = list;
    if (self->stream == nullptr) {
      delete self;
    } else if (status != 0) {
      self->stream->connectDone(status);
    } else {
      self->stream->tryNextAddress();
    }
  }

  static void onConnected(uv_connect_t* request, int status) {
    auto* self = static_cast<Connecting*>(request->data);
    if (self->stream == nullptr) {
      delete self;
    } else if (status != 0 && self->next != nullptr) {
      self->stream->tryNextAddress();
    } else {
      self->stream->connectDone(status);
    }
  }
};

/// The rest of a write that the kernel did not take at once.
struct Stream::Waiting {
  Stream* stream;  ///< null once the stream has gone
  uv_write_t request{};
  Bytes copied;

  static void onWritten(uv_write_t* request, int status) {
    std::unique_ptr<Waiting> self(static_cast<Waiting*>(request->data));
    if (self->stream == nullptr) return;
    Stream& stream = *self->stream;
    stream.writing_ = nullptr;
    if (status == 0) {
      stream.owner_.onWritten();
    } else {
      stream.owner_.onBroken(uv_strerror(status));
    }
  }
};

Stream::~Stream() {
  if (connecting_ != nullptr) {
    connecting_->stream = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&connecting_->lookup));
  }
  if (writing_ != nullptr) writing_->stream = nullptr;
}

bool Stream::open(Loop& loop, int fd) {
  CHECK_THAT(handle_ == nullptr);
  int status = 0;
  if (Address::ofSelf(fd).isUnix()) {
    auto* pipe = new uv_pipe_t;
    uv_pipe_init(loop.raw(), pipe, 0);
    handle_.reset(reinterpret_cast<uv_stream_t*>(pipe));
    status = uv_pipe_open(pipe, fd);
  } else {
    uv_tcp_t* tcp = newTcp(loop);
    handle_.reset(reinterpret_cast<uv_stream_t*>(tcp));
    status = uv_tcp_open(tcp, fd);
    if (status == 0) setTcpOptions(tcp);
  }
  handle_->data = this;
  if (status != 0) close(fd);
  return status == 0;
}

void Stream::connect(Loop& loop, const std::string& host, uint16_t port) {
  CHECK_THAT(handle_ == nullptr && connecting_ == nullptr);
  connecting_ = new Connecting{this, loop};
  connecting_->lookup.data = connecting_;
  connecting_->request.data = connecting_;
  // Look-ups share a few threads; an address must not wait there behind names that nobody answers for.
  auto* numeric = &connecting_->numeric;
  if (uv_ip4_addr(host.c_str(), port, reinterpret_cast<sockaddr_in*>(numeric)) == 0 ||
      uv_ip6_addr(host.c_str(), port, reinterpret_cast<sockaddr_in6*>(numeric)) == 0) {
    return connectTo(reinterpret_cast<const sockaddr*>(numeric));
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
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
  uv_tcp_t* tcp = newTcp(connecting_->loop);
  handle_.reset(reinterpret_cast<uv_stream_t*>(tcp));
  handle_->data = this;
  const int status = uv_tcp_connect(&connecting_->request, tcp, address, Connecting::onConnected);
  if (status == 0) return;
  if (connecting_->next != nullptr) {
    tryNextAddress();
  } else {
    connectDone(status);
  }
}

void Stream::connectDone(int status) {
  delete connecting_;
  connecting_ = nullptr;
  if (status == 0) setTcpOptions(reinterpret_cast<uv_tcp_t*>(handle_.get()));
  owner_.onConnected(status == 0 ? "" : uv_strerror(status));
}

void Stream::startReading() {
  if (reading_) return;
  reading_ = true;
  uv_read_start(
      handle_.get(),
      [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
        const auto [start, size] = static_cast<Stream*>(handle->data)->owner_.readTarget();
        *buffer = uv_buf_init(start, static_cast<unsigned>(size));
      },
      Trampoline<&Stream::onRead>::call<uv_stream_t>);
}

void Stream::stopReading() {
  if (!reading_) return;
  reading_ = false;
  uv_read_stop(handle_.get());
}

void Stream::onRead(ssize_t count, const uv_buf_t*) {
  if (count > 0) {
    static_cast<Loop*>(handle_->loop->data)->countRead();
    owner_.onBytes(static_cast<size_t>(count));
  } else if (count < 0) {
    stopReading();
    if (count == UV_EOF) return owner_.onEnd();
    owner_.onBroken(uv_strerror(static_cast<int>(count)));
  }
}

Stream::Written Stream::write(std::span<const Slice> pieces) {
  CHECK_THAT(writing_ == nullptr);
  size_t done = 0;
  while (done < pieces.size()) {
    std::array<uv_buf_t, kPiecesPerWrite> buffers;
    const size_t count = std::min(kPiecesPerWrite, pieces.size() - done);
    size_t bytes = 0;
    for (size_t i = 0; i < count; ++i) {
      buffers[i] = bufferOf(pieces[done + i]);
      bytes += pieces[done + i].size();
    }
    const int wrote = uv_try_write(handle_.get(), buffers.data(), static_cast<unsigned>(count));
    if (wrote < 0 && wrote != UV_EAGAIN) return Written::Broken;
    const size_t taken = wrote < 0 ? 0 : static_cast<size_t>(wrote);
    if (taken < bytes) return writeLater(pieces.subspan(done), taken);
    done += count;
  }
  return Written::All;
}

Stream::Written Stream::writeLater(std::span<const Slice> pieces, size_t skip) {
  auto waiting = std::make_unique<Waiting>();
  waiting->stream = this;
  waiting->request.data = waiting.get();
  std::vector<Slice> rest;
  size_t copiedBytes = 0;
  for (Slice piece : pieces) {
    const size_t gone = std::min(skip, piece.size());
    skip -= gone;
    if (gone == piece.size()) continue;
    rest.push_back(piece.substr(gone));
    if (rest.back().size() <= kCopiedBytes) copiedBytes += rest.back().size();
  }
  waiting->copied.reserve(copiedBytes);
  std::vector<uv_buf_t> buffers;
  for (Slice piece : rest) {
    if (piece.size() > kCopiedBytes) {
      buffers.push_back(bufferOf(piece));
      continue;
    }
    const size_t start = waiting->copied.size();
    waiting->copied.append(piece);
    buffers.push_back(bufferOf({waiting->copied.data() + start, piece.size()}));
  }
  const int status = uv_write(&waiting->request, handle_.get(), buffers.data(), static_cast<unsigned>(buffers.size()),
                              Waiting::onWritten);
  if (status != 0) return Written::Broken;
  writing_ = waiting.release();
  return Written::Waiting;
}

int Stream::fd() const {
  uv_os_fd_t fd = -1;
  if (handle_ == nullptr) return -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(handle_.get()), &fd);
  return fd;
}

}  // namespace slotway
