#include "uv/listener.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "living/stage.h"
#include "uv/descriptor.h"

using namespace slotway;
using namespace slotway::test;

namespace {

Descriptor connectTo(const Address& address) {
  Descriptor fd(socket(address.storage.ss_family, SOCK_STREAM, 0));
  if (connect(fd.get(), address.raw(), address.length) != 0) return Descriptor();
  return fd;
}

std::string socketPath() { return "/tmp/slotway-unit-" + std::to_string(getpid()) + ".sock"; }

bool exists(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0;
}

// Accepts one connection over `bind`; the text of the address that was bound.
std::string acceptOne(const std::string& bind) {
  Stage stage;
  Result<Address> address = parseBind(bind);
  REQUIRE(address);
  Result<int> fd = bindListener(*address);
  REQUIRE(fd);
  const Address bound = Address::ofSelf(*fd);
  std::vector<Descriptor> accepted;
  Listener listener(stage.loop, *fd, [&](int each) { accepted.emplace_back(each); }, [] {});
  const Descriptor one = connectTo(bound);
  const Descriptor two = connectTo(bound);
  REQUIRE(one.get() >= 0);
  REQUIRE(two.get() >= 0);
  CHECK(stage.until([&] { return accepted.size() == 2; }));
  return bound.text();
}

}  // namespace

TEST_CASE("listener: accepts over IPv4, IPv6 and Unix sockets") {
  CHECK(acceptOne("127.0.0.1:0").starts_with("127.0.0.1:"));
  CHECK(acceptOne("[::1]:0").starts_with("[::1]:"));
  CHECK(acceptOne("localhost:0") != "");
  CHECK(acceptOne("unix:" + socketPath()) == "unix:" + socketPath());
  CHECK_FALSE(exists(socketPath()));
}

TEST_CASE("listener: a stale Unix socket is replaced, one in use and a file are not") {
  const std::string path = socketPath();
  const Address address = *parseBind("unix:" + path);
  {
    // Closed without being unlinked, as a process that was killed leaves it.
    const Descriptor stale(socket(AF_UNIX, SOCK_STREAM, 0));
    REQUIRE(bind(stale.get(), address.raw(), address.length) == 0);
  }
  Result<int> fd = bindListener(address);
  REQUIRE(fd);
  const Descriptor first(*fd);
  const Result<int> second = bindListener(address);
  REQUIRE_FALSE(second);
  CHECK(second.error() == "cannot listen on unix:" + path + ": Address already in use");
  CHECK(connectTo(address).get() >= 0);
  unlink(path.c_str());

  const Descriptor file(open(path.c_str(), O_CREAT | O_WRONLY, 0600));
  CHECK_FALSE(bindListener(address));
  CHECK(exists(path));
  unlink(path.c_str());
}

TEST_CASE("listener: workers share a port; a stranger's port is occupied") {
  Result<int> one = bindListener(*parseBind("127.0.0.1:0"));
  REQUIRE(one);
  const Descriptor first(*one);
  const Address bound = Address::ofSelf(first.get());
  Result<int> two = bindListener(bound);
  REQUIRE(two);
  const Descriptor second(*two);
  CHECK(whyOccupied(bound) == "cannot listen on " + bound.text() + ": Address already in use");
}

TEST_CASE("listener: nobody is accepted after it is gone") {
  Stage stage;
  Result<int> fd = bindListener(*parseBind("127.0.0.1:0"));
  REQUIRE(fd);
  const Address bound = Address::ofSelf(*fd);
  { const Listener listener(stage.loop, *fd, [](int) { FAIL("accepted"); }, [] {}); }
  stage.pass();
  CHECK(connectTo(bound).get() < 0);
}

TEST_CASE("address: what cannot be bound is said in words") {
  for (const char* text : {"", "127.0.0.1", "unix:", "no such host:1", "127.0.0.1:port"}) {
    CAPTURE(text);
    CHECK_FALSE(parseBind(text));
  }
  CHECK_FALSE(parseBind("unix:/" + std::string(107, 'x')));
  CHECK(parseBind("unix:/" + std::string(106, 'x')));
}
