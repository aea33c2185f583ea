#include "base/bytes.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace slotway {

TEST_CASE("bytes: an empty one holds nothing") {
  Bytes bytes;
  CHECK(bytes.empty());
  CHECK(bytes.capacity() == 0);
  CHECK(bytes.slice().empty());
  bytes.append({});
  bytes.reserve(0);
  bytes.dropFront(0);
  bytes.clear();
  CHECK(bytes.capacity() == 0);
}

TEST_CASE("bytes: content survives growth through all sizes") {
  Bytes bytes;
  std::string expected;
  for (int i = 0; i < 40'000; ++i) {
    const std::string piece = std::to_string(i);
    bytes.append(piece);
    expected += piece;
  }
  CHECK(bytes.slice() == expected);
  CHECK(bytes.capacity() >= bytes.size());
  CHECK(bytes.room() == bytes.capacity() - bytes.size());
}

TEST_CASE("bytes: what is in use is known, also when it is given back elsewhere") {
  for (const size_t size : {1u, 64u, 5000u, 65536u, 65537u, 3'000'000u}) {
    CAPTURE(size);
    const int64_t before = Bytes::inUse();
    Bytes bytes;
    for (const size_t wanted : {size, 3 * size}) {
      bytes.reserve(wanted);
      CHECK(Bytes::inUse() - before == static_cast<int64_t>(bytes.capacity()));
    }
    bytes.clear();
    CHECK(Bytes::inUse() == before);
    bytes.reserve(size);
    int64_t there = 0;
    std::thread([&] {
      bytes.clear();
      there = Bytes::inUse();
    }).join();
    CHECK(there < 0);
    CHECK(Bytes::inUse() + there == before);
  }
}

TEST_CASE("bytes: there is room for what was reserved") {
  for (const size_t wanted : {1u, 63u, 64u, 65u, 127u, 128u, 129u, 65535u, 65536u, 65537u, 1'000'000u}) {
    CAPTURE(wanted);
    Bytes bytes;
    bytes.reserve(wanted);
    REQUIRE(bytes.room() >= wanted);
    std::memset(bytes.tail(), 'x', wanted);
    bytes.added(wanted);
    CHECK(bytes.slice() == std::string(wanted, 'x'));
  }
}

TEST_CASE("bytes: growth is by half at least") {
  Bytes bytes(Slice("x"));
  for (int growths = 0; growths < 30; ++growths) {
    const size_t before = bytes.capacity();
    bytes.reserve(before + 1);
    CHECK(bytes.capacity() >= before + before / 2);
  }
}

TEST_CASE("bytes: the front is dropped, the end cut off") {
  Bytes bytes(Slice("hello world"));
  bytes.dropFront(6);
  CHECK(bytes.slice() == "world");
  bytes.truncate(3);
  CHECK(bytes.slice() == "wor");
  bytes.append("d");
  CHECK(bytes.slice() == "word");
  bytes.dropFront(4);
  CHECK(bytes.empty());
  CHECK(bytes.capacity() > 0);
}

TEST_CASE("bytes: moved from is empty and usable") {
  Bytes first(Slice("first"));
  const char* const storage = first.data();
  Bytes second(std::move(first));
  CHECK(second.data() == storage);
  CHECK(first.capacity() == 0);
  first.append("again");
  second = std::move(first);
  CHECK(second.slice() == "again");
  Bytes& self = second;
  second = std::move(self);
  CHECK(second.slice() == "again");
}

TEST_CASE("bytes: storage that was given back is used again") {
  for (const size_t size : {64u, 1024u, 65536u}) {
    CAPTURE(size);
    Bytes first;
    first.reserve(size);
    const char* const storage = first.data();
    first.clear();
    Bytes second;
    second.reserve(size - 1);
    CHECK(second.data() == storage);
    CHECK(second.capacity() == size);
  }
  Bytes::trimFreeLists();
}

TEST_CASE("bytes: large storage is used again for what fits into it, and a few megabytes of it are kept") {
  Bytes::trimFreeLists();
  Bytes small;
  Bytes large;
  small.reserve(70'000);
  large.reserve(900'000);
  const char* const storage = large.data();
  large.clear();
  small.clear();
  Bytes second;
  second.reserve(100'000);
  CHECK(second.data() == storage);
  CHECK(second.capacity() == 900'000);
  second.clear();
  CHECK(Bytes::shedFreeLists() == 0);
  CHECK(Bytes::shedFreeLists() == 970'000);
  {
    std::vector<Bytes> burst(20);
    for (Bytes& bytes : burst) bytes.reserve(500'000);
  }
  CHECK(Bytes::shedFreeLists() == 0);
  CHECK(Bytes::shedFreeLists() == 4'000'000);
}

TEST_CASE("bytes: a burst is given back, and the lists go on working") {
  {
    std::vector<Bytes> burst(3000);
    for (Bytes& bytes : burst) bytes.reserve(1024);
  }
  Bytes::trimFreeLists();
  Bytes::trimFreeLists();
  Bytes bytes(Slice("after"));
  CHECK(bytes.slice() == "after");
}

TEST_CASE("bytes: what nobody has needed since the last look is given back, what is in use again is kept") {
  Bytes::trimFreeLists();
  {
    std::vector<Bytes> burst(100);
    for (Bytes& bytes : burst) bytes.reserve(1024);
  }
  CHECK(Bytes::shedFreeLists() == 0);  // until just now all were in use
  {
    std::vector<Bytes> steady(10);
    for (Bytes& bytes : steady) bytes.reserve(1024);
  }
  CHECK(Bytes::shedFreeLists() == 90 * 1024);
  CHECK(Bytes::shedFreeLists() == 10 * 1024);
  CHECK(Bytes::shedFreeLists() == 0);
}

TEST_CASE("bytes: what others take for a peer counts with them while it lives") {
  const int64_t before = Bytes::inUse();
  {
    Weight first(1000);
    CHECK(Bytes::inUse() == before + 1000);
    first.set(300);
    Weight second(std::move(first));
    CHECK(Bytes::inUse() == before + 300);
    Weight third(50);
    third = std::move(second);
    third = Weight(7);
    CHECK(third.bytes() == 7);
  }
  CHECK(Bytes::inUse() == before);
}

TEST_CASE("bytes: may be filled by one thread and freed by another") {
  Bytes bytes;
  std::thread([&bytes] { bytes.append(std::string(5000, 'x')); }).join();
  CHECK(bytes.slice() == std::string(5000, 'x'));
  std::thread([taken = std::move(bytes)]() mutable { taken.clear(); }).join();
}

}  // namespace slotway
