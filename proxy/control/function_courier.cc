#include "control/function_courier.h"

#include <algorithm>

#include "base/log.h"
#include "command/words.h"
#include "resp/reply_reader.h"

namespace slotway {
namespace {

// A function that no master has is not looked for again for so long: clients may call it as often as they like.
constexpr uint64_t kInVainMs = 1000;
constexpr size_t kMostInVain = 1000;

bool isEmptyArray(Slice reply) { return reply.starts_with("*0\r\n") || !reply.starts_with('*'); }

// In the reply to FUNCTION LIST: a function's name follows the word "name". Redis takes no notice of its case.
bool lists(Slice reply, Slice function) {
  resp::ReplyReader reader(reply);
  bool isName = false;
  while (!reader.atEnd() && reader.ok()) {
    const auto frame = reader.next();
    if (isName && frame.isText() && sameWord(frame.text, function)) return true;
    isName = frame.isText() && frame.text == "name";
  }
  return false;
}

}  // namespace

FunctionCourier::FunctionCourier(Loop& loop, Cells& cells, const Settings& settings, size_t upstream,
                                 std::function<void(Waiter)> onDone)
    : loop_(loop), cells_(cells), settings_(settings), upstream_(upstream), onDone_(std::move(onDone)) {}

void FunctionCourier::adopt(std::shared_ptr<const SlotMap> map) {
  if (map == nullptr || map == map_) return;
  const bool first = map_ == nullptr;
  map_ = std::move(map);
  for (const Node& node : map_->nodes()) {
    const bool joins = knownNodes_.insert(node.id).second && !first && node.role == Role::Master;
    if (joins) errands_.push_back({node.id, "", {}, {}});
  }
  if (call_ == nullptr) begin();
}

void FunctionCourier::bring(const std::string& id, const std::string& function, Waiter waiter) {
  const auto same = std::ranges::find_if(
      errands_, [&](const Errand& errand) { return errand.node == id && sameWord(errand.function, function); });
  if (same != errands_.end()) {
    same->waiters.push_back(waiter);
    return;
  }
  errands_.push_back({id, function, {waiter}, {}});
  if (call_ == nullptr) begin();
}

void FunctionCourier::hold(Waiter waiter) {
  ++holds_;
  if (call_ == nullptr) return onDone_(waiter);
  holders_.push_back(waiter);
}

void FunctionCourier::free() {
  if (--holds_ == 0 && call_ == nullptr) begin();
}

const Node* FunctionCourier::find(const std::string& id) const {
  const NodeIndex index = map_ == nullptr ? kNoNode : map_->findId(id);
  return index == kNoNode ? nullptr : &map_->node(index);
}

// One without slots may have been away while functions were deleted, and nobody would have missed it.
bool FunctionCourier::serves(const std::string& id) const {
  return std::ranges::find(map_->owners(), map_->findId(id)) != map_->owners().end();
}

bool FunctionCourier::triedLately(const Errand& errand) {
  const auto last = inVain_.find({errand.node, errand.function});
  return last != inVain_.end() && loop_.nowMs() < last->second + kInVainMs;
}

void FunctionCourier::begin() {
  while (!errands_.empty() && holds_ == 0) {
    Errand& errand = errands_.front();
    if (find(errand.node) == nullptr || triedLately(errand)) {
      finish();
      continue;
    }
    for (const Node& node : map_->nodes()) {
      const bool may = serves(node.id) && !node.failed && node.id != errand.node;
      if (may) errand.givers.push_back(node.id);
    }
    return askNext();
  }
}

void FunctionCourier::askNext() {
  Errand& errand = errands_.front();
  while (!errand.givers.empty()) {
    const Node* const giver = find(errand.givers.front());
    errand.givers.pop_front();
    if (giver == nullptr) continue;
    giving_ = false;
    return call(*giver, {{"FUNCTION", "LIST"}, {"FUNCTION", "DUMP"}});
  }
  if (inVain_.size() >= kMostInVain) inVain_.clear();
  if (!errand.function.empty()) inVain_[{errand.node, errand.function}] = loop_.nowMs();
  finish();
  begin();
}

void FunctionCourier::call(const Node& node, std::initializer_list<NodeCall::Words> requests) {
  call_ = std::make_unique<NodeCall>(loop_, cells_, settings_.timeouts, settings_.upstreams[upstream_], node,
                                     std::span(requests.begin(), requests.size()));
}

void FunctionCourier::flush() {
  while (call_ != nullptr) {
    call_->flush();
    if (!call_->done()) return;
    called();
  }
}

void FunctionCourier::called() {
  const std::unique_ptr<NodeCall> call = std::move(call_);
  Errand& errand = errands_.front();
  if (giving_) {
    const bool taken = call->answered() && !call->reply(0).starts_with('-');
    if (taken) log::info("functions_brought", {{"node", errand.node}, {"wanted", errand.function}});
    finish();
    return begin();
  }
  const bool has = call->answered() && (errand.function.empty() ? !isEmptyArray(call->reply(0))
                                                                : lists(call->reply(0), errand.function));
  if (!has) return askNext();
  give(call->reply(1));
}

// A node that joins keeps what it has; one that lacks a function takes what the other has of the same libraries.
void FunctionCourier::give(Slice dumpReply) {
  const Errand& errand = errands_.front();
  const Node* const node = find(errand.node);
  const auto dump = resp::ReplyReader(dumpReply).next();
  if (node == nullptr || !dump.isText()) return askNext();
  giving_ = true;
  call(*node, {{"FUNCTION", "RESTORE", dump.text, errand.function.empty() ? "APPEND" : "REPLACE"}});
}

void FunctionCourier::finish() {
  const Errand errand = std::move(errands_.front());
  errands_.pop_front();
  for (const Waiter& waiter : errand.waiters) onDone_(waiter);
  for (const Waiter& waiter : std::exchange(holders_, {})) onDone_(waiter);
}

}  // namespace slotway
