// Messages to a client that none of its requests asked for. They never stand inside an answer, and never before one that had
// come when they did: a client that caches would take the older value for the newer one.
#include "client/client.h"
#include "client/subscriptions.h"

namespace slotway {

void Client::push(Slice frame) {
  if (phase_ == Phase::Gone) return;
  const uint64_t behind = sitDown().queue->lastAnswered();
  if (behind != 0) return pushBehind(behind, frame);
  append(frame);
  markDirty();
}

void Client::pushBehind(uint64_t sequence, Slice frame) {
  if (phase_ == Phase::Gone) return;
  Desk& desk = sitDown();
  if (waiting() + frame.size() > limits().clientOutputBytes) return cutOff(Failure::OutputLimit);
  desk.keptBytes += frame.size();
  desk.pushes.push_back({sequence, Bytes(frame)});
}

void Client::releasePushes() {
  std::vector<WaitingPush>& pushes = desk_->pushes;
  size_t released = 0;
  for (; released < pushes.size(); ++released) {
    if (!queue().empty() && pushes[released].behind >= queue().head()->sequence()) break;
    desk_->keptBytes -= pushes[released].frame.size();
    append(pushes[released].frame.slice());
    if (pushes[released].frame.empty() && session_.tracking() != nullptr) session_.tracking()->forget();
  }
  pushes.erase(pushes.begin(), pushes.begin() + static_cast<ptrdiff_t>(released));
}

void Client::hearInvalidated(Slice keys) {
  Bytes frame;
  writeInvalidation(keys, session_.version, frame);
  if (session_.version == resp::Version::Resp3) return push(frame.slice());
  // In RESP2 it must be one that expects messages, whatever it is subscribed to.
  if (onlySubscribing()) session_.subscriptions()->hear(frame.slice());
}

void Client::redirectBroken() {
  if (session_.tracking() != nullptr) session_.tracking()->redirectBroken();
}

}  // namespace slotway
