#include "command/across_take.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "command/args.h"
#include "command/block_timeout.h"
#include "command/command_table.h"
#include "command/node_questions.h"
#include "living/wire.h"

using namespace slotway;
using namespace slotway::test;

namespace {

using Asked = std::vector<std::string>;

struct Take {
  explicit Take(const std::string& line)
      : args(line), take(makeAcrossTake(args.request(), *CommandTable::builtin()->find(args.slices()))) {
    take->ask(questions);
    note();
  }
  void note() {
    asked.clear();
    reads.clear();
    for (const Question& each : questions.all) {
      asked.push_back(std::to_string(each.slot) + ' ' + std::string(each.wire.slice()));
      reads.push_back(each.reads);
    }
    questions.all.clear();
  }
  // The answer; or what else has come.
  std::string replies(const std::vector<std::string>& all) {
    const std::vector<Slice> slices(all.begin(), all.end());
    Bytes out;
    const auto came = take->take(slices, questions, out);
    note();
    switch (came) {
      case AcrossTake::Came::Answer: return std::string(out.slice());
      case AcrossTake::Came::Nothing: return "nothing";
      case AcrossTake::Came::Further: return "further";
      case AcrossTake::Came::Senseless: break;
    }
    return "senseless";
  }
  void again(ReadyKey ready) {
    take->askAgain(ready, questions);
    note();
  }

  Args args;
  std::unique_ptr<AcrossTake> take;
  Questions questions;
  Asked asked;                ///< "slot request"
  std::vector<bool> reads;
};

// CLUSTER KEYSLOT: b 3300, c 7365, a 15495.
std::string a(const std::string& line) { return "15495 " + wireOf(line); }
std::string b(const std::string& line) { return "3300 " + wireOf(line); }
std::string c(const std::string& line) { return "7365 " + wireOf(line); }

const std::string kNil = "$-1\r\n";
const std::string kWrongType = "-WRONGTYPE Operation\r\n";

}  // namespace

TEST_CASE("across take: the first key is popped from, the others are looked at") {
  Take take("BLPOP a b c 0");
  CHECK(take.asked == Asked{a("LPOP a"), b("LLEN b"), c("LLEN c")});
  CHECK(take.reads == std::vector<bool>{false, true, true});
  CHECK(take.replies({bulk("x"), ":0\r\n", ":1\r\n"}) == "*2\r\n" + bulk("a") + bulk("x"));
}

TEST_CASE("across take: the others in their order, while somebody is faster") {
  Take take("BRPOP a b c b 0");
  CHECK(take.replies({kNil, ":0\r\n", ":1\r\n", ":3\r\n"}) == "further");
  CHECK(take.asked == Asked{c("RPOP c")});
  CHECK(take.replies({kNil}) == "further");
  CHECK(take.asked == Asked{b("RPOP b")});
  CHECK(take.replies({kNil}) == "nothing");
  take.again({0, 1});
  CHECK(take.asked == Asked{a("RPOP a")});
  CHECK(take.replies({kNil}) == "nothing");
  take.again({2, 5});
  CHECK(take.replies({bulk("y")}) == "*2\r\n" + bulk("c") + bulk("y"));
}

TEST_CASE("across take: another type is an error at first, and nothing later") {
  Take take("BLPOP a b 0");
  CHECK(take.replies({kWrongType, ":1\r\n"}) == kWrongType);
  Take second("BLPOP a b c 0");
  CHECK(second.replies({kNil, kWrongType, ":1\r\n"}) == "further");
  CHECK(second.asked == Asked{b("LPOP b")});
  CHECK(second.replies({kWrongType}) == kWrongType);
  Take third("BLPOP a b 0");
  CHECK(third.replies({kNil, ":0\r\n"}) == "nothing");
  third.again({0, 1});
  CHECK(third.replies({kWrongType}) == "nothing");
  third.again({1, 1});
  CHECK(third.replies({"-NOPERM no\r\n"}) == "-NOPERM no\r\n");
}

TEST_CASE("across take: each command's pop, and its answer") {
  struct Row {
    const char* line;
    std::string pop;
    std::string look;
    std::string reply;
    std::string answer;
  };
  const std::string many = "*2\r\n" + bulk("a") + "*1\r\n" + bulk("x");
  const Row rows[] = {
      {"blpop a b 0", "LPOP a", "LLEN b", bulk("x"), "*2\r\n" + bulk("a") + bulk("x")},
      {"brpop a b 0", "RPOP a", "LLEN b", bulk("x"), "*2\r\n" + bulk("a") + bulk("x")},
      {"blmpop 0 2 a b left count 3", "LMPOP 1 a left count 3", "LLEN b", many, many},
      {"lmpop 2 a b right", "LMPOP 1 a right", "LLEN b", many, many},
      {"bzpopmin a b 0", "ZPOPMIN a", "ZCARD b", "*2\r\n" + bulk("x") + ",1.5\r\n",
       "*3\r\n" + bulk("a") + bulk("x") + ",1.5\r\n"},
      {"bzpopmax a b 0", "ZPOPMAX a", "ZCARD b", "*2\r\n" + bulk("x") + bulk("1"), "*3\r\n" + bulk("a") + bulk("x") + bulk("1")},
      {"bzmpop 0 2 a b min", "ZMPOP 1 a min", "ZCARD b", many, many},
      {"zmpop 2 a b max count 2", "ZMPOP 1 a max count 2", "ZCARD b", many, many},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    Take take(row.line);
    CHECK(take.asked == Asked{a(row.pop), b(row.look)});
    CHECK(take.replies({row.reply, ":0\r\n"}) == row.answer);
    for (const char* nothing : {"*-1\r\n", "_\r\n", "$-1\r\n", "*0\r\n"}) {
      Take other(row.line);
      CHECK(other.replies({nothing, ":0\r\n"}) == "nothing");
    }
  }
  CHECK(Take("bzpopmin a b 0").replies({"*1\r\n" + bulk("x"), ":0\r\n"}) == "senseless");
}

TEST_CASE("across take: streams are read by themselves and put together") {
  Take take("XREAD COUNT 2 BLOCK 5 STREAMS a b c 0 5-1 0");
  CHECK(take.asked == Asked{a("XREAD COUNT 2 STREAMS a 0"), b("XREAD COUNT 2 STREAMS b 5-1"), c("XREAD COUNT 2 STREAMS c 0")});
  CHECK(take.reads == std::vector<bool>{true, true, true});
  const auto one = [](const std::string& key) { return bulk(key) + "*1\r\n" + bulk("entry"); };
  CHECK(take.replies({"*1\r\n*2\r\n" + one("a"), "*-1\r\n", "*1\r\n*2\r\n" + one("c")}) ==
        "*2\r\n*2\r\n" + one("a") + "*2\r\n" + one("c"));
  Take third("XREAD STREAMS a b 0 0");
  CHECK(third.replies({"%1\r\n" + one("a"), "%1\r\n" + one("b")}) == "%2\r\n" + one("a") + one("b"));
  CHECK(Take("XREAD STREAMS a b 0 0").replies({"*-1\r\n", kWrongType}) == kWrongType);
  CHECK(Take("XREAD STREAMS a b 0 0").replies({"%1\r\n" + one("a"), kWrongType}) == kWrongType);
  CHECK(Take("XREAD STREAMS a b 0 0").replies({":1\r\n", "_\r\n"}) == "senseless");
}

TEST_CASE("across take: a stream that is read from its end") {
  Take take("XREAD BLOCK 0 STREAMS a b $ 0");
  CHECK(take.asked == Asked{a("XREAD STREAMS a 18446744073709551615-18446744073709551614"), a("XREVRANGE a + - COUNT 1"),
                            b("XREAD STREAMS b 0")});
  CHECK(take.replies({"_\r\n", "*1\r\n*2\r\n" + bulk("7-1") + "*0\r\n", "_\r\n"}) == "nothing");
  take.again({0, 1});
  CHECK(take.asked == Asked{a("XREAD STREAMS a 7-1")});
  CHECK(take.replies({kWrongType}) == "nothing");
}

TEST_CASE("across take: options that are judged beside a timeout that is wrong") {
  const std::string nothing = ask::keyIn(15495);
  const auto judged = [](const std::string& line) {
    Take take(line);
    take.take->judgeOptions(take.questions);
    take.note();
    return take.asked;
  };
  CHECK(judged("BLMPOP x 2 a b LEFT COUNT 0") == Asked{a("LMPOP 1 " + nothing + " LEFT COUNT 0")});
  CHECK(judged("BZMPOP x 2 a b") == Asked{a("ZMPOP 2 " + nothing + ' ' + nothing)});
  CHECK(judged("BLPOP a b x").empty());
}

TEST_CASE("across take: no BLOCK reaches a node") {
  CHECK(Take("XREAD BLOCK 5 COUNT 1 block 0 STREAMS a b 0 0").asked ==
        Asked{a("XREAD COUNT 1 STREAMS a 0"), b("XREAD COUNT 1 STREAMS b 0")});
  const std::string zero("BLOCK\0x", 7);
  CHECK(isOption(zero, "block"));
  const Slice args[] = {"XREAD", zero, "0", "STREAMS", "a", "b", "0", "0"};
  CHECK(blockPositions(args) == std::vector<uint32_t>{2});
}

TEST_CASE("across take: what failed to be looked at comes last") {
  Take take("BLPOP a b c 0");
  CHECK(take.replies({kNil, "-CLUSTERDOWN lost\r\n", ":1\r\n"}) == "further");
  CHECK(take.asked == Asked{c("LPOP c")});
  CHECK(take.replies({kNil}) == "further");
  CHECK(take.asked == Asked{b("LPOP b")});
}

TEST_CASE("across take: what has to reach the client") {
  const Take pop("BLPOP a b 0");
  CHECK(pop.take->servesOne());
  CHECK(pop.take->took(bulk("x")));
  CHECK(pop.take->took(kWrongType));
  CHECK_FALSE(pop.take->took(kNil));
  const Take group("XREADGROUP GROUP g c STREAMS a b > >");
  CHECK_FALSE(group.take->servesOne());
  CHECK(group.take->took("*1\r\n*2\r\n" + bulk("a") + "*0\r\n"));
  CHECK_FALSE(group.take->took("*-1\r\n"));
  CHECK_FALSE(Take("XREAD STREAMS a b 0 0").take->took("*1\r\n*2\r\n" + bulk("a") + "*0\r\n"));
}

TEST_CASE("across take: what has been delivered before is not read to be judged") {
  const std::string judged = "XREADGROUP GROUP g c STREAMS ";
  Take take("XREADGROUP GROUP g c STREAMS a b 5-1 x");
  CHECK(take.asked == Asked{a(judged + "a 18446744073709551615-18446744073709551614"), b(judged + "b x")});
  for (const char* id : {"$", "5-", "-", "18446744073709551616", "5-x", "+"}) {
    CAPTURE(id);
    CHECK(Take("XREADGROUP GROUP g c STREAMS a b > " + std::string(id)).asked[1] == b(judged + "b " + id));
  }
}

TEST_CASE("across take: a group's streams are judged before they are read") {
  const std::string judged = "XREADGROUP GROUP g c NOACK STREAMS ";
  const std::string highest = " 18446744073709551615-18446744073709551614";
  Take take("XREADGROUP GROUP g c BLOCK 0 NOACK STREAMS a b > >");
  CHECK(take.asked == Asked{a(judged + "a" + highest), b(judged + "b" + highest)});
  CHECK(take.replies({"*-1\r\n", "*-1\r\n"}) == "further");
  CHECK(take.asked == Asked{a(judged + "a >"), b(judged + "b >")});
  CHECK(take.reads == std::vector<bool>{false, false});
  // Nobody knows what became of b's; what has been delivered is told.
  const std::string delivered = "*1\r\n*2\r\n" + bulk("a") + "*1\r\n" + bulk("entry");
  CHECK(take.replies({delivered, "-ERR outcome unknown\r\n"}) == delivered);
  CHECK(Take("XREADGROUP GROUP g c STREAMS a b > >").replies({"*-1\r\n", "-NOGROUP No such\r\n"}) == "-NOGROUP No such\r\n");
  CHECK(take.take->watching().party == Take("XREADGROUP COUNT 1 GROUP g d STREAMS a b > >").take->watching().party);
  CHECK(take.take->watching().party != Take("XREADGROUP GROUP h c STREAMS a b > >").take->watching().party);
}

TEST_CASE("across take: a group that is gone") {
  struct Row {
    int64_t number;
    std::string reply;
    std::string answer;
  };
  const std::string gone = "-UNBLOCKED the stream key no longer exists\r\n";
  const Row rows[] = {
      {0, "-NOGROUP No such\r\n", gone},
      {1, "-NOGROUP No such\r\n", "-NOGROUP the consumer group this client was blocked on no longer exists\r\n"},
      {1, kWrongType, gone},
      {1, "-ERR other\r\n", "-ERR other\r\n"},
      {1, "*-1\r\n", "nothing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reply);
    Take take("XREADGROUP GROUP g c BLOCK 0 STREAMS a b > >");
    CHECK(take.replies({"*-1\r\n", "*-1\r\n"}) == "further");
    CHECK(take.replies({"*-1\r\n", "*-1\r\n"}) == "nothing");
    take.again({1, row.number});
    CHECK(take.replies({row.reply}) == row.answer);
  }
}

TEST_CASE("across take: a list of streams that is not balanced is for the first one's node to refuse") {
  Take take("XREAD BLOCK 0 STREAMS a b 0 0 0");
  CHECK(take.asked == Asked{a("XREAD STREAMS a a 0")});
  CHECK(Take("XREAD BLOCK 0 STREAMS a b $ $ $").asked == Asked{a("XREAD STREAMS a a 0")});
  Take group("XREADGROUP GROUP g c STREAMS a b > > >");
  CHECK(group.asked == Asked{a("XREADGROUP GROUP g c STREAMS a a 0")});
  CHECK(group.replies({"-ERR Unbalanced\r\n"}) == "-ERR Unbalanced\r\n");
}
