#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "cluster/hash_slot.h"
#include "resp/reply_reader.h"
#include "resp/reply_scanner.h"
#include "resp/writer.h"
#include "workload.h"

namespace slotway::bench {
namespace {

int connectTo(const Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0) return -1;
  const int fd = socket(found->ai_family, found->ai_socktype, 0);
  const bool connected = fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (connected) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

// One whole reply, or nothing.
Bytes ask(const Endpoint& endpoint, std::span<const Slice> args) {
  Bytes reply;
  const int fd = connectTo(endpoint);
  if (fd < 0) return reply;
  Bytes request;
  resp::request(request, args);
  bool whole = write(fd, request.data(), request.size()) != static_cast<ssize_t>(request.size());
  std::array<char, 16384> buffer;
  while (!whole) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count <= 0) break;
    reply.append({buffer.data(), static_cast<size_t>(count)});
    ReplyScanner scanner;
    whole = scanner.scan(reply.slice()) != ReplyScanner::Status::NeedMore;
  }
  close(fd);
  return reply;
}

using SlotOwners = std::array<uint16_t, kHashSlots>;

// [[first, last, [host, port, id ...], replica...]...]; `owners` gets each slot's index in what is returned.
std::vector<Destination> readSlots(Slice reply, SlotOwners& owners) {
  std::vector<Destination> masters;
  resp::ReplyReader reader(reply);
  for (int64_t ranges = reader.next().number; ranges > 0 && reader.ok(); --ranges) {
    int64_t parts = reader.next().number - 3;
    const int64_t first = reader.next().number;
    const int64_t last = reader.next().number;
    int64_t fields = reader.next().number - 2;
    Destination master;
    master.endpoint.host = reader.next().text;
    master.endpoint.port = static_cast<uint16_t>(reader.next().number);
    for (; fields > 0; --fields) reader.skip();
    for (; parts > 0; --parts) reader.skip();
    size_t index = 0;
    while (index < masters.size() && !(masters[index].endpoint == master.endpoint)) ++index;
    if (index == masters.size()) masters.push_back(master);
    for (int64_t slot = first; slot <= last && slot < kHashSlots; ++slot) owners[static_cast<size_t>(slot)] = static_cast<uint16_t>(index);
  }
  return masters;
}

}  // namespace

Result<std::vector<Destination>> findDestinations(const Options& options) {
  if (!options.cluster) return std::vector<Destination>{{options.target, {}}};
  const std::array<Slice, 2> question = {"CLUSTER", "SLOTS"};
  const Bytes reply = ask(options.target, question);
  SlotOwners owners{};
  std::vector<Destination> masters = readSlots(reply.slice(), owners);
  if (masters.empty()) return Error{"no CLUSTER SLOTS from " + options.target.text()};
  for (uint32_t key = 0; key < options.keySpace; ++key) {
    char name[32];
    const int length = std::snprintf(name, sizeof name, "key:%012u", key);
    masters[owners[hashSlot({name, static_cast<size_t>(length)})]].keys.push_back(key);
  }
  return masters;
}

}  // namespace slotway::bench
