#include "resp/reply_reader.h"

#include <doctest/doctest.h>

#include <string>

using namespace slotway;
using resp::ReplyReader;

TEST_CASE("reply reader: frames") {
  ReplyReader reader("+OK\r\n-ERR no\r\n:-7\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*2\r\n*-1\r\n*0\r\n");
  auto frame = reader.next();
  CHECK(frame.type == '+');
  CHECK(frame.text == "OK");
  CHECK(reader.next().text == "ERR no");
  CHECK(reader.next().number == -7);
  CHECK(reader.next().text == "a\r\n");
  frame = reader.next();
  CHECK(frame.isText());
  CHECK(frame.text.empty());
  CHECK(reader.next().null);
  frame = reader.next();
  CHECK(frame.isArray());
  CHECK(frame.number == 2);
  CHECK_FALSE(reader.next().isArray());
  CHECK(reader.next().isArray());
  CHECK(reader.atEnd());
  CHECK(reader.ok());
}

TEST_CASE("reply reader: skipping whole frames") {
  const std::string good = "*3\r\n*2\r\n:1\r\n*0\r\n$4\r\n*9\r\n\r\n*-1\r\n";
  const std::string two = good + ":5\r\n";
  ReplyReader both(two);
  CHECK(both.skip() == good);
  CHECK(both.skip() == ":5\r\n");
  CHECK(both.atEnd());
  CHECK(both.ok());
}

TEST_CASE("reply reader: RESP3's own types") {
  ReplyReader reader("_\r\n,3.5\r\n#t\r\n(123456789012345678901\r\n=5\r\ntxt:a\r\n!3\r\nERR\r\n%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n");
  CHECK(reader.next().null);
  CHECK(reader.next().text == "3.5");
  CHECK(reader.next().text == "t");
  CHECK(reader.next().text == "123456789012345678901");
  CHECK(reader.next().text == "txt:a");
  CHECK(reader.next().text == "ERR");
  auto frame = reader.next();
  CHECK(frame.type == '%');
  CHECK(frame.frames() == 2);
  CHECK_FALSE(frame.isArray());
  CHECK(reader.skip() == "+a\r\n");
  frame = reader.next();
  CHECK(frame.type == '~');
  CHECK(frame.frames() == 2);
  CHECK(reader.ok());
}

TEST_CASE("reply reader: skipping what RESP3 nests, attributes with what they belong to") {
  const Slice frames[] = {
      "%2\r\n+a\r\n_\r\n+b\r\n~1\r\n#f\r\n", "|1\r\n+ttl\r\n:9\r\n$1\r\nx\r\n", "*2\r\n|1\r\n+a\r\n*1\r\n:1\r\n:1\r\n:2\r\n",
      ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n", "%0\r\n",
  };
  for (const Slice frame : frames) {
    CAPTURE(frame);
    const std::string two = std::string(frame) + ":5\r\n";
    ReplyReader both(two);
    CHECK(both.skip() == frame);
    CHECK(both.skip() == ":5\r\n");
    CHECK(both.ok());
  }
}

TEST_CASE("reply reader: what is cut short is no frame, wherever it is cut") {
  const std::string whole = "*3\r\n+OK\r\n$5\r\nab\r\nc\r\n*1\r\n:12\r\n";
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    ReplyReader reader(Slice(whole).substr(0, size));
    CHECK(reader.skip().empty());
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("reply reader: lies end the reading") {
  const Slice rows[] = {
      "\r\n", "?\r\n", "$x\r\nabc\r\n", "$-2\r\n", "*-2\r\n", "*9223372036854775807\r\n:1\r\n", "$9223372036854775807\r\nab\r\n",
      "$99999999999999999999\r\n", ":\r\n", ":1x\r\n", "$1\r\nab\r\n", "*1\r\n*1\r\n*4000000000\r\n:1\r\n",
      "%1\r\n+a\r\n", "~-1\r\n", "%-1\r\n", ">-1\r\n", "=-1\r\n", "|1\r\n+a\r\n+b\r\n", "%9223372036854775807\r\n:1\r\n", "$?\r\n",
  };
  for (const Slice row : rows) {
    CAPTURE(row);
    ReplyReader reader(row);
    CHECK(reader.skip().empty());
    CHECK_FALSE(reader.ok());
    CHECK(reader.next().type == 0);
  }
}

TEST_CASE("reply reader: depth costs no stack") {
  std::string deep;
  for (int level = 0; level < 200'000; ++level) deep += "*1\r\n";
  deep += ":1\r\n";
  ReplyReader reader(deep);
  CHECK(reader.skip().size() == deep.size());
}
