// The far end of a connection, as a test holds it: bytes to be sent leave as the other side reads, bytes that come are
// gathered. Reading can be withheld, to be a slow reader.
// Owner: a scripted node or client. Thread: the test's.
#pragma once
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/slice.h"
#include "uv/descriptor.h"

namespace slotway::test {

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // else what is said may come 40 ms later
  }

  void send(Slice bytes) { out_ += bytes; }

  void look() {
    if (!open()) return;
    while (!allSent()) {
      const ssize_t wrote = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (wrote <= 0) break;
      sent_ += static_cast<size_t>(wrote);
    }
    if (allSent()) {
      out_.clear();
      sent_ = 0;
    }
    if (allSent() && std::exchange(endDue_, false)) shutdown(fd_.get(), SHUT_WR);
    while (reading && !ended_) {
      char buffer[65536];
      const ssize_t got = recv(fd_.get(), buffer, sizeof buffer, 0);
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
      ended_ = got <= 0;
      wasReset_ = got < 0;
      if (!ended_) in.append(buffer, static_cast<size_t>(got));
    }
  }

  /// No more is sent, what the other side sends is still read.
  void end() { endDue_ = true; }
  void close() { fd_ = Descriptor(); }
  /// The other side sees a reset, not an end.
  void reset() {
    const linger none{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close();
  }

  bool open() const { return fd_.get() >= 0; }
  /// The other side has ended or broken the connection.
  bool ended() const { return ended_; }
  /// ... and has not waited for what it had sent to arrive.
  bool wasReset() const { return wasReset_; }
  bool allSent() const { return sent_ == out_.size(); }

  std::string in;
  bool reading = true;

 private:
  Descriptor fd_;
  std::string out_;
  size_t sent_ = 0;  ///< of out_
  bool ended_ = false;
  bool wasReset_ = false;
  bool endDue_ = false;
};

}  // namespace slotway::test
