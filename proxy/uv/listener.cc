#include "uv/listener.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "uv/descriptor.h"

namespace slotway {
namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;
constexpr uint64_t kPauseMs = 100;

Error systemError(const Address& address, const char* what) {
  return Error{std::string("cannot ") + what + " " + address.text() + ": " + std::strerror(errno)};
}

// A socket file that nobody answers on is left over from a process that is gone.
void removeStaleSocket(const Address& address) {
  const auto& un = reinterpret_cast<const sockaddr_un&>(address.storage);
  struct stat info {};
  if (lstat(un.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return;
  if (connect(probe, address.raw(), address.length) != 0 && errno == ECONNREFUSED) unlink(un.sun_path);
  close(probe);
}

}  // namespace

Result<int> bindListener(const Address& address) {
  Descriptor fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return systemError(address, "make a socket for");
  const int on = 1;
  if (address.isUnix()) {
    removeStaleSocket(address);
  } else {
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  if (bind(fd.get(), address.raw(), address.length) != 0 || listen(fd.get(), kBacklog) != 0) {
    return systemError(address, "listen on");
  }
  return fd.release();
}

std::string whyOccupied(const Address& address) {
  if (address.isUnix()) return "";  // bindListener() sees it
  const Descriptor probe(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(probe.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return bind(probe.get(), address.raw(), address.length) == 0 ? "" : systemError(address, "listen on").text;
}

Listener::Listener(Loop& loop, int fd, std::function<void(int)> onAccept, std::function<void()> onFailure)
    : loop_(loop), fd_(fd), onAccept_(std::move(onAccept)), onFailure_(std::move(onFailure)), poll_(new uv_poll_t),
      pause_(loop, [this] { listenOn(); }) {
  uv_poll_init(loop_.raw(), poll_.get(), fd_);
  poll_->data = this;
  listenOn();
}

Listener::~Listener() {
  poll_.reset();
  const Address address = Address::ofSelf(fd_);
  if (address.isUnix()) unlink(reinterpret_cast<const sockaddr_un&>(address.storage).sun_path);
  close(fd_);
}

void Listener::listenOn() {
  uv_poll_start(poll_.get(), UV_READABLE, Trampoline<&Listener::onReady>::call<uv_poll_t>);
}

void Listener::onReady(int, int) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
      failing_ = false;
      onAccept_(fd);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    if (!std::exchange(failing_, true)) log::error("accept_failed", {{"reason", std::strerror(errno)}});
    onFailure_();
    uv_poll_stop(poll_.get());
    pause_.start(kPauseMs);
    return;
  }
}

}  // namespace slotway
