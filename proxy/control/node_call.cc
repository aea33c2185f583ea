#include "control/node_call.h"

#include <utility>

#include "resp/writer.h"

namespace slotway {
namespace {

constexpr uint64_t kAnswerMs = 2000;

}  // namespace

NodeCall::NodeCall(Loop& loop, Cells& cells, const Settings::Timeouts& timeouts, const UpstreamSettings& upstream,
                   const Node& node, std::span<const Words> requests)
    : timeout_(loop, [this] { finish(); }),
      link_(std::make_unique<Link>(loop, static_cast<LinkOwner&>(*this), cells, timeouts, node.endpoint,
                                   makeGreeting(upstream.username, upstream.password, node.id))),
      legs_(requests.size()),
      replies_(requests.size()),
      waiting_(requests.size()) {
  for (size_t i = 0; i < requests.size(); ++i) {
    resp::request(legs_[i].wire, requests[i]);
    legs_[i].owner = this;
    link_->submit(legs_[i]);
  }
  timeout_.start(timeouts.connectMs + kAnswerMs);
}

NodeCall::~NodeCall() {
  done_ = true;
  link_->close("no longer needed");
}

void NodeCall::flush() {
  if (std::exchange(dirty_, false)) link_->flush();
}

void NodeCall::finish() {
  done_ = true;
  timeout_.stop();
}

void NodeCall::legSettled(Leg& leg, Outcome outcome, Slice reply) {
  if (done_) return;
  if (outcome != Outcome::Replied) return finish();
  replies_[static_cast<size_t>(&leg - legs_.data())] = Bytes(reply);
  if (--waiting_ == 0) finish();
}

}  // namespace slotway
