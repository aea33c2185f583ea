#include "keyspace/renamed_reply.h"

#include <doctest/doctest.h>

#include <string>

namespace slotway {
namespace {

std::string renamed(InKeyspace kind, const std::string& reply) {
  Bytes out;
  const bool changed = renameReply(Keyspace("T"), kind, reply, out);
  CHECK(changed == !out.empty());
  return changed ? std::string(out.slice()) : reply;
}

}  // namespace

TEST_CASE("renamed reply: who popped from which key") {
  CHECK(renamed(InKeyspace::KeyFirst, "*2\r\n$5\r\n{T}:a\r\n$5\r\n{T}:b\r\n") == "*2\r\n$1\r\na\r\n$5\r\n{T}:b\r\n");
  CHECK(renamed(InKeyspace::KeyFirst, "*2\r\n$4\r\n{T}:\r\n*1\r\n$1\r\nb\r\n") == "*2\r\n$0\r\n\r\n*1\r\n$1\r\nb\r\n");
  for (const char* nothing : {"*-1\r\n", "_\r\n", "*0\r\n", "+OK\r\n"}) CHECK(renamed(InKeyspace::KeyFirst, nothing) == nothing);
}

TEST_CASE("renamed reply: streams, in both shapes") {
  const std::string entries = "*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$5\r\n{T}:f\r\n$1\r\nv\r\n";
  CHECK(renamed(InKeyspace::KeyOfEach, "*2\r\n*2\r\n$5\r\n{T}:a\r\n" + entries + "*2\r\n$5\r\n{T}:b\r\n" + entries) ==
        "*2\r\n*2\r\n$1\r\na\r\n" + entries + "*2\r\n$1\r\nb\r\n" + entries);
  CHECK(renamed(InKeyspace::KeyOfEach, "%2\r\n$5\r\n{T}:a\r\n" + entries + "$5\r\n{T}:b\r\n" + entries) ==
        "%2\r\n$1\r\na\r\n" + entries + "$1\r\nb\r\n" + entries);
}

TEST_CASE("renamed reply: errors, of whatever command") {
  CHECK(renamed(InKeyspace::Keys, "-NOGROUP No such key '{T}:a' or '{T}:b'\r\n") == "-NOGROUP No such key 'a' or 'b'\r\n");
  CHECK(renamed(InKeyspace::Keys, "-ERR {T} alone\r\n") == "-ERR {T} alone\r\n");
}

TEST_CASE("renamed reply: a value that looks like a name is a value") {
  CHECK(renamed(InKeyspace::Keys, "$5\r\n{T}:a\r\n") == "$5\r\n{T}:a\r\n");
}

TEST_CASE("renamed reply: names that are of others are left out") {
  Bytes out;
  renameKeys(Keyspace("T"), "*3\r\n$5\r\n{T}:a\r\n$1\r\nb\r\n$5\r\n{T}:c\r\n", out);
  CHECK(out.slice() == "*2\r\n$1\r\na\r\n$1\r\nc\r\n");
}

}  // namespace slotway
