#include "control/probe.h"

#include <initializer_list>

#include "resp/writer.h"

namespace slotway {
namespace {

// A node that took the connection and says nothing for this long is as good as gone.
constexpr uint64_t kAnswerMs = 1000;

constexpr Slice kWords[][2] = {
    {"CLUSTER", "INFO"}, {"CLUSTER", "NODES"}, {"CLUSTER", "SLOTS"}, {"COMMAND", ""}, {"INFO", "server"}};
constexpr size_t kTopologyQuestions = 3;

}  // namespace

Probe::Probe(Loop& loop, Cells& cells, const Settings::Timeouts& timeouts, const UpstreamSettings& upstream, Endpoint node,
             Scope scope)
    : node_(std::move(node)),
      timeout_(loop, [this] { finish("no answer within the time-out"); }),
      link_(std::make_unique<Link>(loop, static_cast<LinkOwner&>(*this), cells, timeouts, node_,
                                   makeGreeting(upstream.username, upstream.password, ""))) {
  const size_t questions = scope == Scope::Topology ? kTopologyQuestions : kQuestions;
  for (size_t i = 0; i < questions; ++i) {
    const std::span<const Slice> words(kWords[i]);
    resp::request(legs_[i].wire, words[1].empty() ? words.first(1) : words);
    legs_[i].owner = this;
    link_->submit(legs_[i]);
  }
  waiting_ = questions;
  timeout_.start(timeouts.connectMs + kAnswerMs);
}

Probe::~Probe() {
  done_ = true;
  link_->close("no longer needed");
}

void Probe::flush() {
  if (!std::exchange(dirty_, false)) return;
  link_->flush();
}

void Probe::finish(Slice failure) {
  if (done_) return;
  done_ = true;
  failure_ = failure;
  timeout_.stop();
}

void Probe::legSettled(Leg& leg, Outcome outcome, Slice reply) {
  if (outcome != Outcome::Replied) return finish("connection lost");
  const size_t index = static_cast<size_t>(&leg - legs_.data());
  if (index < kTopologyQuestions && reply.starts_with('-')) {
    return finish(reply.substr(1, reply.find_first_of("\r\n") - 1));
  }
  replies_[index] = Bytes(reply);
  if (--waiting_ == 0) finish("");
}

void Probe::legBytes(Leg&, Slice) {}
void Probe::legStuck(Leg&) {}
void Probe::linkDirty(Link&) { dirty_ = true; }
void Probe::linkFailed(Link&, Slice reason) { finish(reason); }
void Probe::linkDrained(Link&) {}

}  // namespace slotway
