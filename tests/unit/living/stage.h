// The stage on which a living room is tested: one loop, and actors (scripted nodes, scripted clients) who look at their
// sockets between its turns. A test is a script in the order of events: what it waits for is a condition, never a time.
//
//     stage.until([&] { return node.requests() == 1; })   runs turns until it holds; false after a generous while
//
// Owner: the test. Thread: the test's.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <vector>

#include "base/log.h"
#include "uv/loop.h"
#include "uv/timer.h"

namespace slotway::test {

class Actor {
 public:
  /// Reads and writes what is possible now, without waiting.
  virtual void look() = 0;

 protected:
  ~Actor() = default;
};

class Stage {
 public:
  static constexpr uint64_t kPatienceMs = 10000;
  static constexpr int kTurnsOfQuiet = 20;

  Stage() : nudge_(loop, [] {}) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    log::setLevel(log::Level::Error);
    nudge_.start(1, 1);
  }

  void enter(Actor& actor) { actors_.push_back(&actor); }
  void leave(Actor& actor) { std::erase(actors_, &actor); }

  void turn() {
    loop.turn();
    for (Actor* actor : actors_) actor->look();
  }

  bool until(const std::function<bool()>& holds) {
    const uint64_t giveUpUs = Loop::monotonicUs() + kPatienceMs * 1000;
    while (!holds()) {
      if (Loop::monotonicUs() > giveUpUs) return false;
      turn();
    }
    return true;
  }

  /// For what must not happen: enough turns that it would have.
  void pass() {
    for (int i = 0; i < kTurnsOfQuiet; ++i) turn();
  }

  Loop loop;

 private:
  Timer nudge_;  ///< so that every turn ends
  std::vector<Actor*> actors_;
};

}  // namespace slotway::test
