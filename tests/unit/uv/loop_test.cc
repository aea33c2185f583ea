#include "uv/loop.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "living/stage.h"
#include "uv/mailbox.h"
#include "uv/timer.h"

using namespace slotway;
using namespace slotway::test;

TEST_CASE("timer: fires later, once or again and again, until it is stopped") {
  Stage stage;
  int once = 0;
  int often = 0;
  Timer single(stage.loop, [&] { ++once; });
  Timer repeated(stage.loop, [&] { ++often; });
  CHECK_FALSE(single.active());
  single.start(0);
  CHECK(once == 0);
  repeated.start(1, 1);
  REQUIRE(stage.until([&] { return often >= 3; }));
  CHECK(once == 1);
  CHECK_FALSE(single.active());
  CHECK(repeated.active());
  repeated.stop();
  const int then = often;
  stage.pass();
  CHECK(often == then);
  single.start(1);
  REQUIRE(stage.until([&] { return once == 2; }));
}

TEST_CASE("timer: may go from inside its own call, and before it fires") {
  Stage stage;
  bool fired = false;
  std::unique_ptr<Timer> self;
  self = std::make_unique<Timer>(stage.loop, [&] {
    fired = true;
    self->stop();
  });
  self->start(1, 1);
  Timer(stage.loop, [] { FAIL("a timer that is gone fired"); }).start(1);
  REQUIRE(stage.until([&] { return fired; }));
  stage.pass();
}

TEST_CASE("loop: what was queued before it runs leaves before it waits") {
  Loop loop;
  int turnEnds = 0;
  Timer guard(loop, [&] { loop.stop(); });
  loop.setTurnEnd([&] {
    if (++turnEnds == 1) guard.start(1);  // without this one nothing would ever happen
  });
  loop.run();
  CHECK(turnEnds >= 2);  // one more when the timer is due before the wait
}

TEST_CASE("loop: what a timer did that was due before the wait does not wait") {
  Loop loop;
  std::string seen;
  Timer due(loop, [&] { seen += "due "; });
  Timer later(loop, [&] { seen += "later "; });
  loop.setTurnEnd([&] { seen += "end "; });
  due.start(1);
  later.start(30);
  const uint64_t startUs = Loop::monotonicUs();
  while (Loop::monotonicUs() < startUs + 3000) {
  }
  while (seen.find("later") == std::string::npos) loop.turn();
  CAPTURE(seen);
  CHECK(seen.starts_with("due end "));
  CHECK(seen.find("end later ") != std::string::npos);
}

TEST_CASE("loop: one that is stopped by what a due timer led to does not wait any more") {
  Loop loop;
  bool fired = false;
  bool waited = false;
  Timer due(loop, [&] { fired = true; });
  Timer patience(loop, [&] {
    waited = true;
    loop.stop();
  });
  loop.setTurnEnd([&] {
    if (fired) loop.stop();
  });
  due.start(1);
  patience.start(3000);
  const uint64_t startUs = Loop::monotonicUs();
  while (Loop::monotonicUs() < startUs + 3000) {
  }
  loop.run();
  CHECK_FALSE(waited);
}

TEST_CASE("loop: several reads are worth another look before the turn ends, one is not") {
  for (const int reads : {1, 2}) {
    CAPTURE(reads);
    Loop loop;
    std::string seen;
    Mailbox<int> event(loop, [&](int&) {
      seen += "event ";
      for (int i = 0; i < reads; ++i) loop.countRead(1);
    });
    loop.setHandled([&] { seen += "handled "; });
    loop.setTurnEnd([&] { seen += "end "; });
    event.post(0);
    loop.turn();
    CHECK(seen == (reads == 1 ? "event handled end " : "event handled handled end "));
    event.close();
  }
}

TEST_CASE("loop: what timers did leaves before the loop waits") {
  Stage stage;
  std::vector<std::string> seen;
  stage.loop.setTurnEnd([&] {
    if (!seen.empty() && seen.back() == "timer") seen.push_back("turn end");
  });
  Timer timer(stage.loop, [&] { seen.push_back("timer"); });
  timer.start(1);
  REQUIRE(stage.until([&] { return seen.size() == 2; }));
  CHECK(seen == std::vector<std::string>{"timer", "turn end"});
  stage.loop.setTurnEnd(nullptr);
}

TEST_CASE("loop: the clock is read once per turn and moves on") {
  Stage stage;
  const uint64_t first = stage.loop.nowUs();
  CHECK(stage.loop.nowUs() == first);
  CHECK(stage.until([&] { return stage.loop.nowUs() > first; }));
}

TEST_CASE("mailbox: letters of several threads arrive, each thread's in order") {
  Stage stage;
  std::vector<std::pair<int, int>> letters;
  Mailbox<std::pair<int, int>> mailbox(stage.loop, [&](auto& letter) { letters.push_back(letter); });
  constexpr int kThreads = 3;
  constexpr int kLetters = 500;
  std::vector<std::thread> threads;
  for (int sender = 0; sender < kThreads; ++sender) {
    threads.emplace_back([&mailbox, sender] {
      for (int i = 0; i < kLetters; ++i) mailbox.post({sender, i});
    });
  }
  const bool all = stage.until([&] { return letters.size() == kThreads * kLetters; });
  for (std::thread& thread : threads) thread.join();
  REQUIRE(all);
  std::vector<int> next(kThreads, 0);
  for (const auto& [sender, number] : letters) CHECK(number == next[static_cast<size_t>(sender)]++);
  mailbox.close();
}

TEST_CASE("mailbox: after close() no letter is handled, and what letters hold is let go") {
  Stage stage;
  auto held = std::make_shared<int>(1);
  Mailbox<std::shared_ptr<int>> mailbox(stage.loop, [](auto&) { FAIL("a letter was handled"); });
  mailbox.post(held);
  mailbox.close();
  mailbox.post(held);
  CHECK(held.use_count() == 1);
  stage.pass();
}

TEST_CASE("mailbox: a letter posted while letters are read comes after them") {
  Stage stage;
  std::vector<int> seen;
  Mailbox<int>* box = nullptr;
  Mailbox<int> mailbox(stage.loop, [&](int& letter) {
    seen.push_back(letter);
    if (letter == 1) box->post(3);
  });
  box = &mailbox;
  mailbox.post(1);
  mailbox.post(2);
  REQUIRE(stage.until([&] { return seen.size() == 3; }));
  CHECK(seen == std::vector<int>{1, 2, 3});
  mailbox.close();
}
