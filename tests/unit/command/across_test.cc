#include "command/across_read.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "command/args.h"
#include "command/command_table.h"
#include "command/node_questions.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

struct Read {
  explicit Read(const std::string& line)
      : args(line), read(makeAcrossRead(args.request(), *CommandTable::builtin()->find(args.slices()))) {
    Questions questions;
    read->ask(questions);
    for (const Question& each : questions.all) {
      asked.push_back(std::to_string(each.slot) + ' ' + std::string(each.wire.slice()));
    }
  }
  std::string answer(const std::vector<std::string>& replies) const {
    const std::vector<Slice> slices(replies.begin(), replies.end());
    Bytes out;
    return read->answer(slices, out) ? std::string(out.slice()) : "senseless";
  }

  Args args;
  std::unique_ptr<AcrossRead> read;
  std::vector<std::string> asked;  ///< "slot request"
};

// CLUSTER KEYSLOT: b 3300, c 7365, d 11298, a 15495.
std::string to(int slot, const std::string& line) { return std::to_string(slot) + ' ' + wireOf(line); }

std::string texts(const std::vector<std::string>& all, char type = '*') {
  std::string frame = type + std::to_string(all.size()) + "\r\n";
  for (const std::string& text : all) frame += bulk(text);
  return frame;
}

using Asked = std::vector<std::string>;

}  // namespace

TEST_CASE("across: each slot is asked for its part of a set") {
  CHECK(Read("sunion a b {a}x").asked == Asked{to(15495, "SUNION a {a}x"), to(3300, "SUNION b")});
  CHECK(Read("SINTER a b {b}x").asked == Asked{to(15495, "SINTER a"), to(3300, "SINTER b {b}x")});
  CHECK(Read("SDIFF a b {a}x c {b}x").asked == Asked{to(15495, "SDIFF a {a}x"), to(3300, "SUNION b {b}x"), to(7365, "SUNION c")});
  const std::string nothing = ask::keyIn(15495);
  CHECK(Read("SINTERCARD 2 a b LIMIT 3").asked ==
        Asked{to(15495, "SINTERCARD 2 " + nothing + ' ' + nothing + " LIMIT 3"), to(15495, "SINTER a"), to(3300, "SINTER b")});
}

TEST_CASE("across: sets are put together") {
  CHECK(Read("SUNION a b").answer({texts({"x", "y"}), texts({"y", "z"})}) == texts({"x", "y", "z"}));
  CHECK(Read("SUNION a b").answer({texts({}, '~'), texts({"y", "z"}, '~')}) == texts({"y", "z"}, '~'));
  CHECK(Read("SINTER a b c").answer({texts({"x", "y", "z"}), texts({"z", "y"}), texts({"q", "y", "r", "z"})}) ==
        texts({"y", "z"}));
  CHECK(Read("SINTER a b").answer({texts({"x"}, '~'), texts({}, '~')}) == texts({}, '~'));
  CHECK(Read("SDIFF a b c").answer({texts({"x", "y", "z"}), texts({"z"}), texts({"q", "x"})}) == texts({"y"}));
  const std::vector<std::string> three = {":0\r\n", texts({"x", "y", "z"}), texts({"x", "y", "z", "q"})};
  CHECK(Read("SINTERCARD 2 a b").answer(three) == ":3\r\n");
  CHECK(Read("SINTERCARD 2 a b LIMIT 2").answer(three) == ":2\r\n");
  CHECK(Read("SINTERCARD 2 a b LIMIT 2 limit 0").answer(three) == ":3\r\n");
}

TEST_CASE("across: each key is asked for its scores") {
  const std::string nothing = ask::keyIn(15495);
  CHECK(Read("ZUNION 3 a b {a}x WEIGHTS 1 2 3").asked ==
        Asked{to(15495, "ZUNION 1 a WITHSCORES"), to(3300, "ZUNION 1 b WITHSCORES"), to(15495, "ZUNION 1 {a}x WITHSCORES"),
              to(15495, "ZUNION 3 " + nothing + ' ' + nothing + ' ' + nothing + " WEIGHTS 1 2 3")});
}

TEST_CASE("across: sorted sets are put together, with scores as the version has them") {
  const std::string none = "*0\r\n";
  const std::string xy = texts({"x", "1", "y", "2"});
  const std::string yz = texts({"y", "0.10000000000000001", "z", "-inf"});
  CHECK(Read("ZUNION 2 a b").answer({xy, yz, none}) == texts({"z", "x", "y"}));
  CHECK(Read("ZUNION 2 a b WITHSCORES").answer({xy, yz, none}) == texts({"z", "-inf", "x", "1", "y", "2.1000000000000001"}));
  CHECK(Read("ZUNION 2 a b weights 2 0 aggregate max withscores").answer({xy, yz, none}) ==
        texts({"z", "0", "x", "2", "y", "4"}));
  CHECK(Read("ZINTER 2 a b WITHSCORES AGGREGATE MIN").answer({xy, yz, none}) == texts({"y", "0.10000000000000001"}));
  CHECK(Read("ZDIFF 2 a b WITHSCORES").answer({xy, yz, none}) == texts({"x", "1"}));
  CHECK(Read("ZINTERCARD 2 a b").answer({xy, yz, ":0\r\n"}) == ":1\r\n");
  CHECK(Read("ZINTERCARD 2 a b LIMIT 5").answer({xy, xy, ":0\r\n"}) == ":2\r\n");
  CHECK(Read("ZINTERCARD 2 a b LIMIT 1").answer({xy, xy, ":0\r\n"}) == ":1\r\n");
  const std::string three = "*1\r\n*2\r\n" + bulk("y") + ",0.5\r\n";
  CHECK(Read("ZUNION 2 a b WITHSCORES").answer({three, none, none}) == three);
  CHECK(Read("ZUNION 2 a b").answer({none, three, none}) == texts({"y"}));
}

TEST_CASE("across: a sum begins with the smallest sorted set, as Redis' does") {
  // 0.1 + 0.7 + 0.2 is 1, and 0.2 + 0.7 + 0.1 is 0.99999999999999989.
  const std::string none = "*0\r\n";
  const std::vector<std::string> replies = {texts({"y", "0.20000000000000001", "p", "1", "q", "1"}),
                                            texts({"y", "0.69999999999999996", "p", "1"}),
                                            texts({"y", "0.10000000000000001"}), none};
  CHECK(Read("ZINTER 3 a b c WITHSCORES").answer(replies) == texts({"y", "1"}));
}

TEST_CASE("across: what makes no sense is no answer") {
  for (const std::string& bad : {std::string(":1\r\n"), std::string("*-1\r\n"), std::string("*2\r\n") + bulk("x"), bulk("x")}) {
    CAPTURE(bad);
    CHECK(Read("SUNION a b").answer({texts({}), bad}) == "senseless");
    CHECK(Read("ZUNION 2 a b").answer({texts({}), bad, texts({})}) == "senseless");
  }
  CHECK(Read("PFCOUNT a b").answer({"$-1\r\n", ":1\r\n"}) == "senseless");
}

TEST_CASE("across: of errors the first key's is the answer") {
  const std::vector<std::string> errors = {"*0\r\n", "-WRONGTYPE one\r\n", "-WRONGTYPE two\r\n", "-ERR syntax error\r\n"};
  CHECK(Read("SUNION a b c").answer({errors[0], errors[1], errors[2]}) == errors[1]);
  CHECK(Read("ZUNION 3 a b c NOPE").answer(errors) == errors[1]);
  CHECK(Read("SINTERCARD 2 a b NOPE").answer({errors[3], errors[1], errors[2]}) == errors[3]);
  CHECK(Read("PFCOUNT a b").answer({bulk("text"), errors[1]}).starts_with("-WRONGTYPE Key"));
  CHECK(Read("PFCOUNT a b").answer({errors[1], bulk("text")}) == errors[1]);
}

TEST_CASE("across: different elements are counted") {
  CHECK(Read("PFCOUNT a b").asked == Asked{to(15495, "GET a"), to(3300, "GET b")});
  CHECK(Read("PFCOUNT a b").answer({"$-1\r\n", "_\r\n"}) == ":0\r\n");
  const std::string header = std::string("HYLL") + '\1' + std::string(11, '\0');
  // 16384 registers that are 0; the first one is 1.
  const std::string empty = header + "\x7f\xff";
  const std::string one = header + "\x80\x7f\xfe";
  CHECK(Read("PFCOUNT a b").answer({bulk(empty), bulk(empty)}) == ":0\r\n");
  CHECK(Read("PFCOUNT a b").answer({bulk(one), bulk(one)}) == ":1\r\n");
  std::string dense = std::string("HYLL") + std::string(12, '\0') + std::string(12288, '\0');
  dense[16 + 12287] = '\x04';  // the last register is 1
  CHECK(Read("PFCOUNT a b").answer({bulk(one), bulk(dense)}) == ":2\r\n");
  for (const std::string& bad : {std::string("text"), std::string(100, 'x'), "HYLL" + std::string(30, '\2'), dense + "x"}) {
    CHECK(Read("PFCOUNT a b").answer({bulk(one), bulk(bad)}) == "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n");
  }
  for (const std::string& bad : {header, one + "\x80", header + "\x7f", header + "\x7f\xfe"}) {
    CHECK(Read("PFCOUNT a b").answer({bulk(one), bulk(bad)}) == "-INVALIDOBJ Corrupted HLL object detected\r\n");
  }
}
