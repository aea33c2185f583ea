// The admin HTTP server: /metrics for Prometheus, /healthz and /readyz for whoever starts and stops us, / as their index.
// GET and HEAD only, no files, no keep-alive: two threads serve short requests, and a slow one is cut after seconds.
// Owner: Control. Thread: start and stop on control's; the callbacks run on civetweb's own threads, so they read published
// snapshots and cells and nothing else, and throw nothing.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/slice.h"

namespace slotway {

struct Readiness {
  bool ready;
  std::string body;  ///< plain text; why not, or what is degraded
};

class AdminHttp {
 public:
  AdminHttp(std::function<std::string()> metricsText, std::function<Readiness()> readiness);
  AdminHttp(const AdminHttp&) = delete;
  AdminHttp& operator=(const AdminHttp&) = delete;
  ~AdminHttp();

  /// Listens on "host:port", "[v6]:port" or, with an empty host, on all addresses; port 0 takes a free one. IPv6 needs a
  /// civetweb that was built with it: Debian 12's was not, and then it is an error that says so.
  /// The port that it listens on; 0 when `bind` is "off". An error says what could not be had and why.
  Result<uint16_t> start(Slice bind);

  /// After this no callback runs any more and the threads are joined. No harm when it was not started.
  /// A connection that was accepted and not yet served gets no answer and stays open (civetweb forgets it): stop() is for
  /// the end of the process.
  void stop();

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

}  // namespace slotway
