// A Link between a scripted node and legs that note down what became of them.
// Owner: the test. Thread: the test's.
#pragma once
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "living/node.h"
#include "living/stage.h"
#include "living/wire.h"
#include "upstream/link.h"

namespace slotway::test {

inline Slice nameOf(Outcome outcome) {
  constexpr Slice kNames[] = {"replied", "streamed", "unsent", "lost", "torn", "denied", "noresp3"};
  return kNames[static_cast<size_t>(outcome)];
}

struct LinkStand final : private LegOwner, private LinkOwner {
  explicit LinkStand(const std::string& password = "", resp::Version version = resp::Version::Resp2)
      : node(stage, "node-1"), password_(password), version_(version) {
    timeouts.reconnectMinMs = 1;
    timeouts.reconnectMaxMs = 4;
    stage.loop.setTurnEnd([this] { flush(); });
    fresh();
  }
  ~LinkStand() {
    onSettled = nullptr;
    letGo();
    stage.loop.setTurnEnd(nullptr);
  }

  /// A new link instead of the one that was there.
  void fresh() {
    letGo();
    link = std::make_unique<Link>(stage.loop, static_cast<LinkOwner&>(*this), cells, timeouts, node.endpoint(),
                                  makeGreeting("", password_, node.id(), version_));
  }
  void letGo() {
    if (link == nullptr) return;
    if (link->dirtyHook.linked()) dirty_.remove(*link);
    link->close("the test ends");
    if (link->dirtyHook.linked()) dirty_.remove(*link);
    link.reset();
  }

  Leg& submit(const std::string& words) {
    Leg& leg = legs_.emplace_back();
    leg.owner = this;
    leg.wire.append(wireOf(words));
    return again(leg);
  }
  Leg& again(Leg& leg) {
    leg.state = LegState::Idle;
    link->submit(leg);
    return leg;
  }
  /// A leg of which more is to be said before it is submitted.
  Leg& prepare(const std::string& words) {
    Leg& leg = legs_.emplace_back();
    leg.owner = this;
    leg.wire.append(wireOf(words));
    return leg;
  }

  /// Waits until this many legs have settled since the last call, and says how, in order: "replied +OK".
  std::vector<std::string> settled(size_t count) {
    stage.until([&] { return events_.size() >= count; });
    return std::exchange(events_, {});
  }
  bool ready() {
    return stage.until([&] { return link->state() == Link::State::Ready; });
  }

  Stage stage;
  ScriptedNode node;
  Cells cells;
  Settings::Timeouts timeouts;
  std::unique_ptr<Link> link;
  std::string streamed;              ///< all that came through legBytes()
  std::vector<std::string> failures; ///< reasons of linkFailed()
  int recovered = 0;
  int drained = 0;
  int stuck = 0;
  std::vector<std::string> pushed;
  std::function<void(Leg&, Outcome)> onSettled;
  std::function<void(Leg&)> onBytes;

 private:
  void legSettled(Leg& leg, Outcome outcome, Slice reply) override {
    std::string text(nameOf(outcome));
    if (outcome == Outcome::Replied) text.append(" ").append(reply.substr(0, reply.size() - 2));
    events_.push_back(text);
    if (onSettled) onSettled(leg, outcome);
  }
  void legBytes(Leg& leg, Slice bytes) override {
    streamed += bytes;
    if (onBytes) onBytes(leg);
  }
  void legStuck(Leg&) override { ++stuck; }
  void linkDirty(Link& dirty) override { dirty_.pushBack(dirty); }
  void linkFailed(Link&, Slice reason) override { failures.emplace_back(reason); }
  void linkReady(Link&, uint32_t before) override { recovered += before > 0 ? 1 : 0; }
  void linkDrained(Link&) override { ++drained; }
  void linkPushed(Link&, Slice frame) override { pushed.emplace_back(frame); }
  void flush() {
    while (Link* dirty = dirty_.popFront()) dirty->flush();
  }

  const std::string password_;
  const resp::Version version_;
  std::deque<Leg> legs_;
  std::vector<std::string> events_;
  IntrusiveList<Link, &Link::dirtyHook> dirty_;
};

}  // namespace slotway::test
