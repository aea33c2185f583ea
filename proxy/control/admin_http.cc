#include "control/admin_http.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <netdb.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>

namespace slotway {
namespace {

constexpr Slice kText = "text/plain; charset=utf-8";
constexpr Slice kPrometheusText = "text/plain; version=0.0.4; charset=utf-8";
constexpr Slice kHtml = "text/html; charset=utf-8";
constexpr Slice kIndex =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Slotway</title></head><body><h1>Slotway</h1><ul>\n"
    "<li><a href=\"/metrics\">metrics</a>: for Prometheus</li>\n"
    "<li><a href=\"/healthz\">healthz</a>: alive?</li>\n"
    "<li><a href=\"/readyz\">readyz</a>: ready for clients?</li>\n"
    "</ul></body></html>\n";

struct Answer {
  int status;
  Slice contentType;
  std::string body;
};

void send(mg_connection* connection, const Answer& answer, Slice method) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " + mg_get_response_code_text(connection, answer.status) +
                    "\r\nContent-Type: ";
  out.append(answer.contentType).append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  if (answer.status == 405) out.append("\r\nAllow: GET, HEAD");
  out.append("\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  if (method != "HEAD") out.append(answer.body);
  mg_write(connection, out.data(), out.size());
}

struct Address {
  std::string host;
  std::string port;
};

/// "127.0.0.1:80", "[::1]:80", ":80".
Result<Address> splitBind(Slice bind) {
  const size_t colon = bind.rfind(':');
  if (colon == Slice::npos || colon + 1 == bind.size()) return Error{"expected host:port"};
  Slice host = bind.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != Slice::npos) {
    return Error{"expected host:port, an IPv6 address in brackets"};
  }
  return Address{std::string(host), std::string(bind.substr(colon + 1))};
}

/// civetweb may have been built without IPv6, as Debian 12's is.
bool knowsIpv6() { return mg_check_feature(MG_FEATURES_IPV6) != 0; }

/// With a numeric host: civetweb resolves names by itself, but only some, and reports no reason.
Result<Address> resolve(Slice bind) {
  const Result<Address> address = splitBind(bind);
  if (!address) return Error{address.error()};
  const Address& parts = address.value();
  if (parts.host.find(':') != std::string::npos && !knowsIpv6()) {
    return Error{"this civetweb was built without IPv6, give an IPv4 address"};
  }
  addrinfo hints{};
  hints.ai_family = knowsIpv6() ? AF_UNSPEC : AF_INET;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(), parts.port.c_str(), &hints, &list);
  if (failed != 0) return Error{gai_strerror(failed)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  const int unnamed = getnameinfo(list->ai_addr, list->ai_addrlen, host.data(), host.size(), port.data(), port.size(),
                                  NI_NUMERICHOST | NI_NUMERICSERV);
  if (unnamed != 0) return Error{gai_strerror(unnamed)};
  return Address{host.data(), port.data()};
}

/// "host:port" as civetweb's option wants it.
std::string joined(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]:" : address.host + ":") + address.port;
}

/// One connection that asks nothing.
void poke(const std::string& host, uint16_t port) {
  std::array<char, 128> error{};
  mg_connection* connection = mg_connect_client(host.c_str(), port, 0, error.data(), error.size());
  if (connection != nullptr) mg_close_connection(connection);
}

}  // namespace

struct AdminHttp::Server {
  std::function<std::string()> metricsText;
  std::function<Readiness()> readiness;
  mg_context* civetweb = nullptr;
  Address listening;
  std::mutex mutex;
  std::string complaint;  ///< the first line that civetweb would have logged: why it could not listen

  Answer answer(Slice method, Slice path) const {
    if (method != "GET" && method != "HEAD") return {405, kText, "GET and HEAD only\n"};
    if (path == "/metrics") return {200, kPrometheusText, metricsText()};
    if (path == "/healthz") return {200, kText, "ok\n"};
    if (path == "/readyz") {
      Readiness now = readiness();
      return {now.ready ? 200 : 503, kText, std::move(now.body)};
    }
    if (path == "/") return {200, kHtml, std::string(kIndex)};
    return {404, kText, "not found; there are /metrics, /healthz and /readyz\n"};
  }

  /// Sees every request before civetweb's own rules do, and answers all: what it returns is the status for its log.
  static int onRequest(mg_connection* connection) {
    const mg_request_info* request = mg_get_request_info(connection);
    const auto* self = static_cast<const Server*>(request->user_data);
    const Answer answer = self->answer(request->request_method, request->local_uri);
    send(connection, answer, request->request_method);
    return answer.status;
  }

  static int onLog(const mg_connection* connection, const char* line) {
    auto* self = static_cast<Server*>(mg_get_user_data(mg_get_context(connection)));
    std::lock_guard lock(self->mutex);
    if (self->complaint.empty()) self->complaint = line;
    return 1;
  }

  Result<uint16_t> start(Slice bind);
  uint16_t port() const;
  void stop();
};

Result<uint16_t> AdminHttp::Server::start(Slice bind) {
  const std::string address = joined(listening);
  mg_callbacks callbacks{};
  callbacks.begin_request = onRequest;
  callbacks.log_message = onLog;
  // clang-format off
  const char* options[] = {
      "listening_ports", address.c_str(),
      "num_threads", "2",
      "enable_keep_alive", "no",
      "request_timeout_ms", "5000",
      "max_request_size", "8192",
      "enable_directory_listing", "no",
      nullptr};
  // clang-format on
  civetweb = mg_start(&callbacks, this, options);
  if (civetweb == nullptr) return Error{"admin: cannot listen on " + std::string(bind) + ": " + complaint};
  return port();
}

uint16_t AdminHttp::Server::port() const {
  std::array<mg_server_port, 1> ports{};
  mg_get_server_ports(civetweb, static_cast<int>(ports.size()), ports.data());
  return static_cast<uint16_t>(ports[0].port);
}

/// civetweb's listening thread looks whether it shall end only every two seconds, or when somebody connects.
void AdminHttp::Server::stop() {
  const uint16_t ownPort = port();
  const std::future<void> stopped = std::async(std::launch::async, mg_stop, civetweb);
  while (stopped.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) poke(listening.host, ownPort);
  civetweb = nullptr;
}

AdminHttp::AdminHttp(std::function<std::string()> metricsText, std::function<Readiness()> readiness)
    : server_(std::make_unique<Server>()) {
  server_->metricsText = std::move(metricsText);
  server_->readiness = std::move(readiness);
}

AdminHttp::~AdminHttp() { stop(); }

Result<uint16_t> AdminHttp::start(Slice bind) {
  CHECK_THAT(server_->civetweb == nullptr);
  if (bind == "off") return uint16_t{0};
  Result<Address> address = resolve(bind);
  if (!address) return Error{"admin: cannot listen on " + std::string(bind) + ": " + address.error()};
  server_->listening = std::move(address.value());
  return server_->start(bind);
}

void AdminHttp::stop() {
  if (server_->civetweb != nullptr) server_->stop();
}

}  // namespace slotway
