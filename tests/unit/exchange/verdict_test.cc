#include "exchange/verdict.h"

#include <doctest/doctest.h>

using namespace slotway;
using Action = Verdict::Action;

namespace {

enum class From : uint8_t { Command, Script };

Verdict verdictOn(const std::string& reply, HashSlot slot, From from) {
  return judge(reply + "\r\n", slot, from == From::Script, [](const Endpoint& endpoint) { return endpoint.port == 7000; });
}

}  // namespace

TEST_CASE("verdict: what a reply means for the leg that waited for it") {
  struct Case {
    const char* reply;
    HashSlot slot;
    From from;
    Action action;
  };
  const Case cases[] = {
      {"+OK", 5, From::Command, Action::Accept},
      {"$5\r\nMOVED", 5, From::Command, Action::Accept},
      {"*1\r\n-MOVED 5 127.0.0.1:7000", 5, From::Command, Action::Accept},
      {"-ERR MOVED 5 127.0.0.1:7000", 5, From::Command, Action::Accept},
      {"-WRONGTYPE Operation against a key holding the wrong kind of value", 5, From::Command, Action::Accept},

      {"-MOVED 5 127.0.0.1:7000", 5, From::Command, Action::FollowMap},
      {"-MOVED 5 :7000", 5, From::Command, Action::FollowMap},
      {"-MOVED 5 127.0.0.1:7001", 5, From::Command, Action::ConfirmFirst},
      {"-ASK 5 127.0.0.1:7000", 5, From::Command, Action::FollowAsk},
      {"-ASK 5 127.0.0.1:7001", 5, From::Command, Action::ConfirmFirst},
      // Another slot than the one asked for, a slot that there is not, no slot asked for at all, no address.
      {"-MOVED 6 127.0.0.1:7000", 5, From::Command, Action::Accept},
      {"-ASK 6 127.0.0.1:7000", 5, From::Command, Action::Accept},
      {"-MOVED 16384 127.0.0.1:7000", 5, From::Command, Action::Accept},
      {"-MOVED 5 127.0.0.1:7000", kNoSlot, From::Command, Action::Accept},
      {"-ASK 65535 127.0.0.1:7000", kNoSlot, From::Command, Action::Accept},
      {"-MOVED 5", 5, From::Command, Action::Accept},
      {"-MOVED", 5, From::Command, Action::Accept},

      {"-TRYAGAIN Multiple keys request during rehashing of slot", 5, From::Command, Action::Wait},
      {"-CLUSTERDOWN Hash slot not served", 5, From::Command, Action::Wait},
      {"-CLUSTERDOWN The cluster is down", kNoSlot, From::Command, Action::Wait},
      {"-LOADING Redis is loading the dataset in memory", 5, From::Command, Action::Wait},
      {"-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 5, From::Command, Action::Wait},
      {"-READONLY You can't write against a read only replica.", 5, From::Command, Action::Wait},

      // Scripts: only what the server itself writes, and a redirect is confirmed even to a known address.
      {"-MOVED 5 127.0.0.1:7000", 5, From::Script, Action::ConfirmFirst},
      {"-ASK 5 127.0.0.1:7000", 5, From::Script, Action::ConfirmFirst},
      {"-MOVED 6 127.0.0.1:7000", 5, From::Script, Action::Accept},
      {"-MOVED 5 127.0.0.1:7000", kNoSlot, From::Script, Action::Accept},
      {"-MOVED 05 127.0.0.1:7000", 5, From::Script, Action::Accept},
      {"-MOVED 5 127.0.0.1:7000 script: abc, on @user_script:1.", 5, From::Script, Action::Accept},
      {"-TRYAGAIN later", 5, From::Script, Action::Accept},
      {"-CLUSTERDOWN my own", 5, From::Script, Action::Accept},
      {"-LOADING Redis is loading the dataset in memory script: abc, on @user_script:1.", 5, From::Script, Action::Accept},
      {"-LOADING Redis is loading the dataset in memory", 5, From::Script, Action::Wait},
  };
  for (const Case& each : cases) {
    CAPTURE(std::string(each.reply));
    CAPTURE(static_cast<int>(each.from));
    const Verdict verdict = verdictOn(each.reply, each.slot, each.from);
    CHECK(static_cast<int>(verdict.action) == static_cast<int>(each.action));
    CHECK(verdict.redirect.has_value() == (each.action != Action::Accept));
  }
}

TEST_CASE("verdict: back-off grows and stays bounded") {
  CHECK(backoffMs(0) == 5);
  for (unsigned attempt = 1; attempt < 300; ++attempt) {
    CHECK(backoffMs(attempt) >= backoffMs(attempt - 1));
    CHECK(backoffMs(attempt) <= 320);
  }
}
