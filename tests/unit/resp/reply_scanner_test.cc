#include "resp/reply_scanner.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "reply_transcript.h"

namespace slotway {
namespace {

using namespace std::string_literals;
using Lines = std::vector<std::string>;

struct Case {
  std::string sent;
  Lines lines;
};

// One reply: its type and all of its bytes.
Case whole(const std::string& sent, char type) { return {sent, {type + " "s + std::to_string(sent.size())}}; }

void checkAtEveryCut(const Case& one) {
  CAPTURE(one.sent);
  CHECK(ReplyTranscript(one.sent, Cuts::none()).lines() == one.lines);
  CHECK(ReplyTranscript(one.sent, Cuts::every(1)).lines() == one.lines);
  for (size_t first = 1; first < one.sent.size(); ++first) {
    CAPTURE(first);
    CHECK(ReplyTranscript(one.sent, Cuts::at(first)).lines() == one.lines);
  }
  for (uint32_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    CHECK(ReplyTranscript(one.sent, Cuts::random(1 + seed, seed)).lines() == one.lines);
  }
}

}  // namespace

TEST_CASE("reply scanner: every type") {
  const std::vector<Case> cases = {
      whole("+OK\r\n", '+'),
      whole("+\r\n", '+'),
      whole("-MOVED 3999 127.0.0.1:6381\r\n", '-'),
      whole(":-12\r\n", ':'),
      whole("$5\r\nhello\r\n", '$'),
      whole("$0\r\n\r\n", '$'),
      whole("$4\r\n\r\n\r\n\r\n", '$'),
      whole("$12\r\n$5\r\nhello\r\n.\r\n", '$'),
      whole("$-1\r\n", '$'),
      whole("*0\r\n", '*'),
      whole("*-1\r\n", '*'),
      whole("*2\r\n$1\r\na\r\n:1\r\n", '*'),
      whole("*2\r\n*2\r\n+a\r\n*0\r\n*1\r\n*1\r\n*-1\r\n", '*'),
      whole("*2\r\n-ERR inner\r\n$-1\r\n", '*'),
      whole("_\r\n", '_'),
      whole(",3.14\r\n", ','),
      whole(",-inf\r\n", ','),
      whole("#t\r\n", '#'),
      whole("(3492890328409238509324850943850943825024385\r\n", '('),
      whole("!21\r\nSYNTAX invalid syntax\r\n", '!'),
      whole("=15\r\ntxt:Some string\r\n", '='),
      whole("%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n_\r\n", '%'),
      whole("%0\r\n", '%'),
      whole("~3\r\n#t\r\n:1\r\n+x\r\n", '~'),
      whole(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n", '>'),
      whole("|1\r\n+ttl\r\n:3600\r\n+value\r\n", '+'),
      whole("|0\r\n:1\r\n", ':'),
      whole("|1\r\n+a\r\n*2\r\n:1\r\n:2\r\n|1\r\n+b\r\n+c\r\n$1\r\nx\r\n", '$'),
      whole("|1\r\n|1\r\n+x\r\n+y\r\n+a\r\n%1\r\n+b\r\n+c\r\n*1\r\n:1\r\n", '*'),
      whole("*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n", '*'),
      whole("+a\rb\nc\r\r\n", '+'),
  };
  for (const Case& one : cases) checkAtEveryCut(one);
}

TEST_CASE("reply scanner: one reply behind the other") {
  checkAtEveryCut({"+OK\r\n$1\r\na\r\n*1\r\n:1\r\n-ERR\r\n", {"+ 5", "$ 7", "* 8", "- 6"}});
  checkAtEveryCut({"*1\r\n:1\r\n|1\r\n+a\r\n+b\r\n_\r\n+OK\r\n", {"* 8", "_ 15", "+ 5"}});
  checkAtEveryCut({"+OK\r\n*2\r\n:1\r\n", {"+ 5", "rest * 8 0"}});
  checkAtEveryCut({"*1\r\n$10\r\nabc", {"rest * 12 9"}});
  checkAtEveryCut({"+OK", {"rest ? 0 0"}});
  checkAtEveryCut({"|1\r\n+a\r\n:1\r\n", {"rest ? 12 0"}});
}

TEST_CASE("reply scanner: what is no reply") {
  const std::vector<std::string> cases = {
      "HTTP/1.1 400 Bad Request\r\n", "\r\n",      "OK\r\n",     "$?\r\n",        "*?\r\n",      ".\r\n",
      ";4\r\nabcd\r\n",               "$\r\n",     "$-2\r\n",    "$+1\r\na\r\n",  "$01\r\na\r\n", "$1a\r\n",
      "$ 1\r\n",                      "*-2\r\n",   "%-1\r\n",    "~-1\r\n",       ">-1\r\n",     "|-1\r\n",
      "=-1\r\n",                      "!-1\r\n",   "$1\r\nab\r", "$1\r\na\rb",    "$0\r\nx",     "$1\rXa\r\n",
      "$9223372036854775807\r\n",     "$99999999999999999999\r\n",                "$1099511627777\r\n",
      "*1099511627777\r\n",           "*1099511627776\r\n*1099511627776\r\n*1\r\n", "%1099511627776\r\n",
      "*1\r\nx\r\n",                  "|1\r\n;\r\n"};
  for (const std::string& sent : cases) checkAtEveryCut({sent, {"error"}});
}

TEST_CASE("reply scanner: lines of any length are passed on when they are text") {
  const std::string text = "-ERR " + std::string(200'000, 'x') + "\r\n";
  const std::string nested = "*2\r\n+" + std::string(64 * 1024, '\r') + "\r\n:1\r\n";
  CHECK(ReplyTranscript(text, Cuts::at(text.size() - 1)).lines() == Lines{"- " + std::to_string(text.size())});
  for (const size_t size : {1000u, 4096u, 65535u, 65536u, 70000u, 1000000u}) {
    CAPTURE(size);
    CHECK(ReplyTranscript(text + "+OK\r\n", Cuts::every(size)).lines() ==
          Lines{"- " + std::to_string(text.size()), "+ 5"});
    CHECK(ReplyTranscript(nested, Cuts::every(size)).lines() == Lines{"* " + std::to_string(nested.size())});
    CHECK(ReplyTranscript("$" + std::string(64 * 1024, '1'), Cuts::every(size)).lines() == Lines{"error"});
    CHECK(ReplyTranscript("$" + std::string(64 * 1024 - 2, '1'), Cuts::every(size)).lines() == Lines{"rest ? 0 0"});
  }
}

TEST_CASE("reply scanner: a short line comes in one piece, a bulk is jumped over") {
  ReplyScanner scanner;
  CHECK(scanner.scan("-MOVED 1 127.0.0.1:1") == ReplyScanner::Status::NeedMore);
  CHECK(scanner.consumed() == 0);
  CHECK_FALSE(scanner.midway());
  CHECK(scanner.scan("-MOVED 1 127.0.0.1:1\r\n+") == ReplyScanner::Status::Complete);
  CHECK(scanner.consumed() == 22);
  CHECK(scanner.type() == '-');
  CHECK(scanner.scan("$1000000\r\nabc") == ReplyScanner::Status::NeedMore);
  CHECK(scanner.consumed() == 13);
  CHECK(scanner.type() == '$');
  CHECK(scanner.midway());
  CHECK(scanner.bulkLeft() == 999'999);
}

TEST_CASE("reply scanner: a million elements") {
  std::string sent = "*1000000\r\n";
  for (int i = 0; i < 500'000; ++i) sent += "$1\r\na\r\n:1\r\n";
  CHECK(ReplyTranscript(sent, Cuts::every(64 * 1024)).lines() == Lines{"* " + std::to_string(sent.size())});
}

}  // namespace slotway
