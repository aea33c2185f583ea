#include "control/admin_http.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace slotway {
namespace {

int connectTo(uint16_t port, int family = AF_INET) {
  const int fd = ::socket(family, SOCK_STREAM, 0);
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  const auto* address = family == AF_INET ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
  if (::connect(fd, address, family == AF_INET ? sizeof v4 : sizeof v6) == 0) return fd;
  ::close(fd);
  return -1;
}

/// Sends it and reads until the server closes, or for a second: a server that stops leaves some unanswered.
std::string askServer(uint16_t port, const std::string& request, int family = AF_INET) {
  const int fd = connectTo(port, family);
  if (fd < 0) return "no connection";
  const timeval second{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
  std::string reply;
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char buffer[4096];
    for (ssize_t count = 0; (count = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) reply.append(buffer, static_cast<size_t>(count));
  }
  ::close(fd);
  return reply;
}

std::string request(uint16_t port, const std::string& method, const std::string& path) {
  return askServer(port, method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

std::string statusLine(const std::string& reply) { return reply.substr(0, reply.find("\r\n")); }
std::string body(const std::string& reply) {
  const size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? "" : reply.substr(end + 4);
}
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Scene {
  std::atomic<bool> ready{false};
  AdminHttp http{[] { return std::string("slotway_clients 1\n"); },
                 [this]() -> Readiness { return {ready, ready ? "ready\n" : "topology not known\n"}; }};
  uint16_t port = 0;

  explicit Scene(Slice bind = "127.0.0.1:0") {
    const Result<uint16_t> started = http.start(bind);
    REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error()));
    port = started.value();
  }
};

}  // namespace

TEST_CASE("admin: every path has its answer") {
  Scene scene;
  struct Row {
    std::string method, path, status, type, body;
  };
  const Row rows[] = {
      {"GET", "/metrics", "HTTP/1.1 200 OK", "text/plain; version=0.0.4", "slotway_clients 1\n"},
      {"GET", "/metrics?name=x", "HTTP/1.1 200 OK", "text/plain; version=0.0.4", "slotway_clients 1\n"},
      {"HEAD", "/metrics", "HTTP/1.1 200 OK", "text/plain; version=0.0.4", ""},
      {"GET", "/healthz", "HTTP/1.1 200 OK", "text/plain", "ok\n"},
      {"GET", "/readyz", "HTTP/1.1 503 Service Unavailable", "text/plain", "topology not known\n"},
      {"GET", "/nowhere", "HTTP/1.1 404 Not Found", "text/plain", "not found; there are /metrics, /healthz and /readyz\n"},
      {"GET", "/metrics/", "HTTP/1.1 404 Not Found", "text/plain", "not found; there are /metrics, /healthz and /readyz\n"},
      {"GET", "/../etc/passwd", "HTTP/1.1 404 Not Found", "text/plain", "not found; there are /metrics, /healthz and /readyz\n"},
      {"POST", "/metrics", "HTTP/1.1 405 Method Not Allowed", "text/plain", "GET and HEAD only\n"},
      {"DELETE", "/healthz", "HTTP/1.1 405 Method Not Allowed", "text/plain", "GET and HEAD only\n"},
      {"OPTIONS", "/", "HTTP/1.1 405 Method Not Allowed", "text/plain", "GET and HEAD only\n"},
  };
  for (const Row& row : rows) {
    const std::string reply = request(scene.port, row.method, row.path);
    CAPTURE(row.method);
    CAPTURE(row.path);
    CAPTURE(reply);
    CHECK(statusLine(reply) == row.status);
    CHECK(contains(reply, "Content-Type: " + row.type));
    CHECK(body(reply) == row.body);
  }
  CHECK(contains(request(scene.port, "POST", "/"), "\r\nAllow: GET, HEAD\r\n"));
  CHECK(contains(request(scene.port, "HEAD", "/healthz"), "\r\nContent-Length: 3\r\n"));
  CHECK(contains(body(request(scene.port, "GET", "/")), "href=\"/metrics\""));
  scene.ready = true;
  CHECK(statusLine(request(scene.port, "GET", "/readyz")) == "HTTP/1.1 200 OK");
  CHECK(body(request(scene.port, "GET", "/readyz")) == "ready\n");
}

TEST_CASE("admin: what is no small HTTP request is refused and the server lives on") {
  Scene scene;
  const std::string large = "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Large: " + std::string(20000, 'a') + "\r\n\r\n";
  CHECK_FALSE(contains(askServer(scene.port, large), " 200 "));
  CHECK_FALSE(contains(askServer(scene.port, "PING\r\n\r\n"), " 200 "));
  CHECK(statusLine(request(scene.port, "GET", "/healthz")) == "HTTP/1.1 200 OK");
}

TEST_CASE("admin: where it can listen, and clear words where it cannot") {
  Scene taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken.port);
  struct Row {
    std::string bind, says;
  };
  const Row rows[] = {
      {address, "Address already in use"},
      {"192.0.2.1:0", "Cannot assign requested address"},
      {"127.0.0.1", "expected host:port"},
      {"127.0.0.1:", "expected host:port"},
      {"::1:9390", "an IPv6 address in brackets"},
      {"127.0.0.1:http-admin", "Name or service not known"},
  };
  for (const Row& row : rows) {
    AdminHttp http([] { return std::string(); }, [] { return Readiness{true, ""}; });
    const Result<uint16_t> started = http.start(row.bind);
    REQUIRE_FALSE(started.ok());
    CAPTURE(started.error());
    CHECK(contains(started.error(), "admin: cannot listen on " + row.bind + ": "));
    CHECK(contains(started.error(), row.says));
  }
}

TEST_CASE("admin: off, any address, a name, IPv6") {
  CHECK(Scene("off").port == 0);
  for (const Slice bind : {"0.0.0.0:0", ":0"}) {
    Scene scene(bind);
    CHECK(statusLine(request(scene.port, "GET", "/healthz")) == "HTTP/1.1 200 OK");
  }
  CHECK(Scene("localhost:0").port != 0);
}

TEST_CASE("admin: IPv6, or clear words when civetweb has none" * doctest::skip(::access("/proc/net/if_inet6", F_OK) != 0)) {
  if (mg_check_feature(MG_FEATURES_IPV6) != 0) {
    Scene scene("[::1]:0");
    CHECK(statusLine(askServer(scene.port, "GET /healthz HTTP/1.0\r\n\r\n", AF_INET6)) == "HTTP/1.1 200 OK");
    return;
  }
  AdminHttp http([] { return std::string(); }, [] { return Readiness{true, ""}; });
  const Result<uint16_t> started = http.start("[::1]:0");
  REQUIRE_FALSE(started.ok());
  CHECK(started.error() == "admin: cannot listen on [::1]:0: this civetweb was built without IPv6, give an IPv4 address");
}

TEST_CASE("admin: stops with requests under way and an idle connection, and frees its port") {
  Scene scene;
  const std::string address = "127.0.0.1:" + std::to_string(scene.port);
  const int idle = connectTo(scene.port);
  std::vector<std::thread> clients;
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back([&] {
      while (!done.load()) {
        if (statusLine(request(scene.port, "GET", "/metrics")) == "HTTP/1.1 200 OK") ++answered;
      }
    });
  }
  while (answered.load() < 4) std::this_thread::yield();
  scene.http.stop();
  done = true;
  for (std::thread& client : clients) client.join();
  ::close(idle);
  const Result<uint16_t> again = scene.http.start(address);
  CHECK_MESSAGE(again.ok(), (again.ok() ? "" : again.error()));
}

}  // namespace slotway
