// A listening socket. It accepts raw descriptors, so that whoever accepts may hand one to another thread.
// Owner: a Worker. Thread: the loop's; bindListener() any.
#pragma once
#include <functional>

#include "base/result.h"
#include "uv/address.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace slotway {

/// A listening descriptor. TCP sockets share their port (SO_REUSEPORT), so every worker may bind its own; a stale Unix
/// socket file of a process that is gone is replaced. Errors name the address and the system's reason.
Result<int> bindListener(const Address& address);

/// Why another process keeps us from having `address`; empty when it is free. Sockets that share their port would let two
/// proxies take turns on one address without a word.
std::string whyOccupied(const Address& address);

class Listener {
 public:
  /// Takes over `fd`. `onAccept` gets each new descriptor (non-blocking, close-on-exec) and owns it. `onFailure` hears when
  /// there is none to be had: who wants to connect waits, and is accepted when there is.
  Listener(Loop& loop, int fd, std::function<void(int)> onAccept, std::function<void()> onFailure);
  /// Listens no more; a Unix socket's file is removed.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void onReady(int status, int events);
  void listenOn();

  Loop& loop_;
  const int fd_;
  std::function<void(int)> onAccept_;
  std::function<void()> onFailure_;
  HandlePtr<uv_poll_t> poll_;
  bool failing_ = false;
  Timer pause_;  ///< after running out of descriptors: no busy loop on a socket that stays readable
};

}  // namespace slotway
