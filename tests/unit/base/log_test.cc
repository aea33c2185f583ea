#include "base/log.h"

#include <doctest/doctest.h>

#include <string>

namespace slotway {
namespace {

using log::Format;
using log::Level;

std::string text(log::Fields fields) { return log::render(Format::Text, Level::Info, "event", fields); }
std::string json(log::Fields fields) { return log::render(Format::Json, Level::Info, "event", fields); }

std::string jsonValue(Slice value) {
  const std::string line = json({{"k", value}});
  const std::string before = R"("level":"info","event":"event","k":)";
  REQUIRE(line.starts_with(before));
  return line.substr(before.size());
}

}  // namespace

TEST_CASE("log: text lines quote only what would be misread") {
  CHECK(text({}) == "info event");
  CHECK(text({{"epoch", 7}, {"nodes", -6}, {"node", "127.0.0.1:7000"}}) ==
        "info event epoch=7 nodes=-6 node=127.0.0.1:7000");
  CHECK(text({{"why", ""}}) == R"(info event why="")");
  CHECK(text({{"why", "no route"}}) == R"(info event why="no route")");
  CHECK(text({{"why", "a=b"}}) == R"(info event why="a=b")");
  CHECK(text({{"why", "say \"x\\\""}}) == R"(info event why="say \"x\\\"")");
  CHECK(text({{"why", "one\r\ntwo"}}) == R"(info event why="one\u000d\u000atwo")");
  CHECK(text({{"why", std::string("nul\0", 4)}}) == R"(info event why="nul\u0000")");
  CHECK(text({{"why", "\xff"}}) == R"(info event why="\ufffd")");
}

TEST_CASE("log: every level has its name") {
  CHECK(log::render(Format::Text, Level::Debug, "e", {}) == "debug e");
  CHECK(log::render(Format::Text, Level::Warn, "e", {}) == "warn e");
  CHECK(log::render(Format::Text, Level::Error, "e", {}) == "error e");
}

TEST_CASE("log: json fields") {
  CHECK(json({}) == R"("level":"info","event":"event")");
  CHECK(json({{"n", 12}, {"text", "12"}}) == R"("level":"info","event":"event","n":12,"text":"12")");
}

TEST_CASE("log: json is valid UTF-8 whatever the bytes") {
  struct Case {
    Slice value;
    Slice rendered;
  };
  const Case cases[] = {
      {"", R"("")"},
      {"a\"b\\c\n\x7f", R"("a\"b\\c\u000a\u007f")"},
      {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
      {"\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xe2\x82\xac\xf0\x9f\x98\x80\""},
      {"a\xff\xfe z", R"("a\ufffd\ufffd z")"},
      {"\xc3", R"("\ufffd")"},
      {"\xe2\x82", R"("\ufffd\ufffd")"},
      {"\xe2\x82\"", R"("\ufffd\ufffd\"")"},
      {"\xc0\xaf", R"("\ufffd\ufffd")"},
      {"\xe0\x80\x80", R"("\ufffd\ufffd\ufffd")"},
      {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},
      {"\xf0\x80\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
      {"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},
  };
  for (const Case& one : cases) CHECK(jsonValue(one.value) == one.rendered);
}

}  // namespace slotway
