#include "command/merge.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "resp/reply_reader.h"

using namespace slotway;

namespace {

std::string merged(Merge rule, const std::vector<std::string>& replies, const std::vector<uint32_t>& pieceOfKey = {},
                   uint32_t flags = 0) {
  const std::vector<Slice> slices(replies.begin(), replies.end());
  Bytes out;
  out.append("before");
  Command command;
  command.name = "config|set";
  command.flags = flags;
  merge(rule, command, slices, pieceOfKey, out);
  REQUIRE(out.slice().starts_with("before"));
  return std::string(out.slice().substr(6));
}

const std::string kMisfit = "-ERR CONFIG SET: the nodes' replies do not fit together\r\n";
const std::string kOom = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

const std::string kIdle = "*4\r\n$14\r\nrunning_script\r\n$-1\r\n$7\r\nengines\r\n*0\r\n";
const std::string kRunning = "*4\r\n$14\r\nrunning_script\r\n*2\r\n$4\r\nname\r\n$1\r\nf\r\n$7\r\nengines\r\n*0\r\n";

}  // namespace

TEST_CASE("merge: by rule") {
  struct Row {
    Merge rule;
    std::vector<std::string> replies;
    std::string answer;
  };
  const Row rows[] = {
      {Merge::First, {"$1\r\na\r\n"}, "$1\r\na\r\n"},
      {Merge::First, {kOom}, kOom},
      {Merge::AllOk, {"+OK\r\n", "+OK\r\n"}, "+OK\r\n"},
      {Merge::AllOk, {"$3\r\nlib\r\n", "$3\r\nlib\r\n"}, "$3\r\nlib\r\n"},
      {Merge::AnyOk, {"-NOTBUSY\r\n", "+OK\r\n", "-NOTBUSY\r\n"}, "+OK\r\n"},
      {Merge::AnyOk, {"-NOTBUSY no\r\n", "-NOTBUSY no\r\n"}, "-NOTBUSY no\r\n"},
      {Merge::AnyOk, {"-NOTBUSY no\r\n", "-UNKILLABLE x\r\n", "-NOTBUSY no\r\n"}, "-UNKILLABLE x\r\n"},
      {Merge::Running, {kIdle, kRunning, kIdle}, kRunning},
      {Merge::Running, {kIdle, kIdle}, kIdle},
      {Merge::Running, {"-BUSY x\r\n", kRunning}, kRunning},
      {Merge::Running, {kIdle, "-BUSY x\r\n", kIdle}, "-BUSY x\r\n"},
      {Merge::Sum, {":1\r\n", ":2\r\n", ":-4\r\n"}, ":-1\r\n"},
      {Merge::Sum, {":9223372036854775807\r\n", ":1\r\n"}, kMisfit},
      {Merge::Sum, {":1\r\n", "+OK\r\n"}, kMisfit},
      {Merge::Sum, {":1\r\n", ":x\r\n"}, kMisfit},
      {Merge::Min, {":3\r\n", ":1\r\n", ":2\r\n"}, ":1\r\n"},
      {Merge::Max, {":3\r\n", ":1\r\n", ":5\r\n"}, ":5\r\n"},
      {Merge::AllTrue, {"*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:1\r\n:0\r\n:0\r\n"}, "*3\r\n:1\r\n:0\r\n:0\r\n"},
      {Merge::AnyTrue, {"*3\r\n:1\r\n:1\r\n:0\r\n", "*3\r\n:1\r\n:0\r\n:0\r\n"}, "*3\r\n:1\r\n:1\r\n:0\r\n"},
      {Merge::AllTrue, {":1\r\n", ":0\r\n"}, ":0\r\n"},
      {Merge::AnyTrue, {":1\r\n", ":0\r\n"}, ":1\r\n"},
      {Merge::AllTrue, {"*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n"}, kMisfit},
      {Merge::AllTrue, {"*1\r\n:1\r\n", ":1\r\n"}, kMisfit},
      {Merge::AllTrue, {"*1\r\n$1\r\n1\r\n"}, kMisfit},
      {Merge::Concat, {"*1\r\n$1\r\na\r\n", "*0\r\n", "*2\r\n:1\r\n*1\r\n+b\r\n"}, "*3\r\n$1\r\na\r\n:1\r\n*1\r\n+b\r\n"},
      {Merge::Concat, {"*0\r\n", "*-1\r\n"}, kMisfit},
      {Merge::Concat, {"*0\r\n", "$1\r\na\r\n"}, kMisfit},
      {Merge::Concat, {"*9223372036854775807\r\n", "*1\r\n:1\r\n"}, kMisfit},
      {Merge::Sum, {}, kMisfit},
      {Merge::First, {""}, kMisfit},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.rule));
    CAPTURE(row.answer);
    CHECK(merged(row.rule, row.replies) == row.answer);
  }
}

TEST_CASE("merge: RESP3's own shapes, by rule") {
  struct Row {
    Merge rule;
    std::vector<std::string> replies;
    std::string answer;
    std::vector<uint32_t> pieceOfKey;
  };
  const Row rows[] = {
      {Merge::First, {"%1\r\n+a\r\n_\r\n"}, "%1\r\n+a\r\n_\r\n", {}},
      {Merge::AllOk, {"+OK\r\n", "+OK\r\n"}, "+OK\r\n", {}},
      {Merge::AllOk, {"_\r\n", "_\r\n"}, "_\r\n", {}},
      {Merge::AnyOk, {"-NOTBUSY\r\n", "_\r\n"}, "_\r\n", {}},
      {Merge::Sum, {":1\r\n", ":2\r\n"}, ":3\r\n", {}},
      {Merge::Sum, {":1\r\n", "_\r\n"}, kMisfit, {}},
      {Merge::Min, {":3\r\n", ":1\r\n"}, ":1\r\n", {}},
      {Merge::Max, {":3\r\n", ":1\r\n"}, ":3\r\n", {}},
      {Merge::AllTrue, {"*2\r\n:1\r\n:0\r\n", "*2\r\n:1\r\n:1\r\n"}, "*2\r\n:1\r\n:0\r\n", {}},
      {Merge::AnyTrue, {"*2\r\n:1\r\n:0\r\n", "*2\r\n:0\r\n:0\r\n"}, "*2\r\n:1\r\n:0\r\n", {}},
      {Merge::Concat, {"*1\r\n_\r\n", "*1\r\n%1\r\n+a\r\n,1.5\r\n"}, "*2\r\n_\r\n%1\r\n+a\r\n,1.5\r\n", {}},
      {Merge::Concat, {"~1\r\n+a\r\n", "~0\r\n", "~1\r\n+b\r\n"}, "~2\r\n+a\r\n+b\r\n", {}},
      {Merge::Concat, {"%1\r\n+a\r\n:1\r\n", "%1\r\n+b\r\n_\r\n"}, "%2\r\n+a\r\n:1\r\n+b\r\n_\r\n", {}},
      {Merge::Concat, {"~1\r\n+a\r\n", "*1\r\n+b\r\n"}, kMisfit, {}},
      {Merge::Concat, {"*0\r\n", "_\r\n"}, kMisfit, {}},
      {Merge::Concat, {"%9223372036854775807\r\n", "%1\r\n+a\r\n+b\r\n"}, kMisfit, {}},
      {Merge::KeyOrder, {"*2\r\n_\r\n$1\r\nb\r\n", "*2\r\n#t\r\n%1\r\n+a\r\n:1\r\n"},
       "*4\r\n#t\r\n_\r\n$1\r\nb\r\n%1\r\n+a\r\n:1\r\n", {1, 0, 0, 1}},
      {Merge::KeyOrder, {"*1\r\n|1\r\n+a\r\n:1\r\n_\r\n", "*1\r\n:2\r\n"}, "*2\r\n:2\r\n|1\r\n+a\r\n:1\r\n_\r\n", {1, 0}},
      {Merge::KeyOrder, {"~1\r\n:1\r\n", "*1\r\n:2\r\n"}, kMisfit, {1, 0}},
      {Merge::Sum, {":1\r\n", "!6\r\nERR no\r\n"}, "-ERR CONFIG SET: 1 of 2 parts failed, 1 succeeded: ERR no\r\n", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(static_cast<int>(row.rule));
    CAPTURE(row.answer);
    CHECK(merged(row.rule, row.replies, row.pieceOfKey) == row.answer);
  }
}

TEST_CASE("merge: the order of the keys") {
  const std::vector<std::string> replies = {"*2\r\n$1\r\nb\r\n$-1\r\n", "*3\r\n$1\r\na\r\n$0\r\n\r\n*1\r\n:1\r\n"};
  CHECK(merged(Merge::KeyOrder, replies, {1, 0, 1, 1, 0}) ==
        "*5\r\n$1\r\na\r\n$1\r\nb\r\n$0\r\n\r\n*1\r\n:1\r\n$-1\r\n");
  CHECK(merged(Merge::KeyOrder, replies, {1, 0, 1, 1}) == kMisfit);
  CHECK(merged(Merge::KeyOrder, replies, {1, 0, 1, 0, 0}) == kMisfit);
  CHECK(merged(Merge::KeyOrder, replies, {1, 0, 1, 1, 7}) == kMisfit);
  CHECK(merged(Merge::KeyOrder, {"*1\r\n:1\r\n", "+OK\r\n"}, {0, 1}) == kMisfit);
  CHECK(merged(Merge::KeyOrder, {"*1\r\n:1\r\n", "*-1\r\n"}, {0}) == kMisfit);
  CHECK(merged(Merge::KeyOrder, {"*1\r\n:1\r\n:2\r\n", "*1\r\n:1\r\n"}, {0, 1}) == kMisfit);
}

TEST_CASE("merge: many pieces") {
  std::vector<std::string> replies;
  std::vector<uint32_t> pieceOfKey;
  std::string expected = "*200\r\n";
  for (uint32_t piece = 0; piece < 200; ++piece) {
    replies.push_back("*1\r\n:" + std::to_string(piece) + "\r\n");
    pieceOfKey.push_back(199 - piece);
    expected += ":" + std::to_string(199 - piece) + "\r\n";
  }
  CHECK(merged(Merge::KeyOrder, replies, pieceOfKey) == expected);
}

TEST_CASE("merge: failures are counted and named, never hidden") {
  for (const Merge rule : {Merge::AllOk, Merge::Sum, Merge::Min, Merge::Max, Merge::AllTrue, Merge::AnyTrue, Merge::Concat,
                           Merge::KeyOrder}) {
    CAPTURE(static_cast<int>(rule));
    CHECK(merged(rule, {"*1\r\n:1\r\n", kOom, "*1\r\n:1\r\n"}, {0, 1, 2}) ==
          "-ERR CONFIG SET: 1 of 3 parts failed, 2 succeeded: OOM command not allowed when used memory > 'maxmemory'.\r\n");
    CHECK(merged(rule, {kOom, kOom}, {0, 1}) == kOom);
    CHECK(merged(rule, {kOom, "-ERR other\r\n"}, {0, 1}) ==
          "-ERR CONFIG SET: 2 of 2 parts failed, 0 succeeded: OOM command not allowed when used memory > 'maxmemory'.\r\n");
    // The code stands for the whole only if that is as if nothing had happened.
    CHECK(merged(rule, {kOom, "-OOM other\r\n"}, {0, 1}).starts_with("-OOM CONFIG SET: 2 of 2 parts failed"));
    const auto reads = static_cast<uint32_t>(CommandFlag::Repeatable);
    CHECK(merged(rule, {kOom, "*1\r\n:1\r\n"}, {0, 1}, reads).starts_with("-OOM CONFIG SET: 1 of 2 parts failed"));
    CHECK(merged(rule, {kOom, "-ERR no\r\n"}, {0, 1}, reads).starts_with("-ERR CONFIG SET: 2 of 2 parts failed"));
  }
  CHECK(merged(Merge::AnyOk, {kOom, "-ERR other\r\n"}).starts_with("-ERR CONFIG SET: 2 of 2 parts failed"));
}

TEST_CASE("merge: whatever the nodes send, one whole frame comes out") {
  const std::string parts[] = {"*1\r\n", "*2\r\n", ":1\r\n", "$1\r\na\r\n", "$5\r\na\r\n", "*-1\r\n", "+OK\r\n", "-ERR x\r\n",
                               "\r\n", "*99999999999\r\n", ":", "%1\r\n", "$-1\r\n", "_\r\n", "~2\r\n", "#t\r\n",
                               "|1\r\n", ",1\r\n", "=1\r\na\r\n", ">1\r\n", "!1\r\na\r\n"};
  std::mt19937 dice(7);
  const auto roll = [&](size_t sides) { return std::uniform_int_distribution<size_t>(0, sides - 1)(dice); };
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::string> replies(1 + roll(3));
    for (std::string& reply : replies) {
      for (size_t part = roll(5); part > 0; --part) reply += parts[roll(std::size(parts))];
    }
    const std::vector<uint32_t> pieceOfKey(roll(4), 0);
    // First, AllOk and AnyOk pass a reply on as it came, and Concat the elements.
    for (const Merge rule : {Merge::Sum, Merge::Min, Merge::AllTrue, Merge::AnyTrue, Merge::KeyOrder}) {
      const std::string answer = merged(rule, replies, pieceOfKey);
      CAPTURE(answer);
      resp::ReplyReader reader{Slice(answer)};
      CHECK(reader.skip().size() == answer.size());
    }
    (void)merged(Merge::Concat, replies);
  }
}
