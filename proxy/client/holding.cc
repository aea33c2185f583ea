// When a Client is read from no more, and again: by what it has under way, by what it has not read, by the memory of all.
#include <algorithm>

#include "client/client.h"

namespace slotway {
namespace {

// While the order of a client's commands needs care, its queue stays short: the care takes time by its length.
constexpr size_t kInFlightWithCare = 512;
// So many requests of one client, while others ask little: theirs wait behind them at the nodes. For fewer nobody is held.
constexpr size_t kInFlightAmongOthers = 64;

}  // namespace

size_t Client::mostInFlight() const {
  const ClientScratch& scratch = house_.scratch();
  if (scratch.paused != Paused::Nobody && pausedNow(scratch)) return 0;
  const size_t modest = scratch.desks.inUse() - scratch.heavyDesks - (desk_->heavy ? 0 : 1);
  const size_t fair = modest == 0 ? SIZE_MAX : kInFlightAmongOthers;
  const size_t careful = queue().careful() ? kInFlightWithCare : SIZE_MAX;
  return std::min({fair, careful, size_t{limits().clientRequestsInFlight}});
}

void Client::countInFlight(Exchange& exchange, size_t bytes) {
  exchange.requestBytes = bytes;
  addInFlight(bytes);
}

// Memory being scarce, no more than of answers that wait.
void Client::addInFlight(size_t bytes) {
  desk_->bytesInFlight += bytes;
  const ClientScratch& scratch = house_.scratch();
  desk_->asksMuch = desk_->bytesInFlight > limits().clientBytesInFlight || (scratch.isScarce() && desk_->bytesInFlight > scratch.mayHold);
}

void Client::setHeavy(bool heavy) {
  if (desk_->heavy == heavy) return;
  desk_->heavy = heavy;
  heavy ? ++house_.scratch().heavyDesks : --house_.scratch().heavyDesks;
}

void Client::holdBack() {
  // Who blocks asks nothing of a node that others would have to wait for either.
  if (queue().size() >= kInFlightAmongOthers || queue().blocks()) setHeavy(true);
  if (!held()) return;
  // Of one that blocks the end has to be seen, which may be behind much that it has asked for already.
  desk_->readsAhead = queue().blocks() && desk_->in.size() < kHoldBytes;
  if (desk_->readsAhead) return;
  if (stream_.reading()) notePause();
  stream_.stopReading();
  if (queue().blocks()) stream_.awaitEnd();
}

// checkTime() looks whether it may go on.
std::pair<char*, size_t> Client::stopForMemory() {
  router_.cells().add(Counter::ClientPauses, PauseReason::Memory, 1);
  stream_.stopReading();
  if (blocked()) stream_.awaitEnd();
  return {nullptr, 0};
}

// Who waits for its turn, or for the end of CLIENT PAUSE, has reached no limit.
void Client::notePause() {
  const ClientScratch& scratch = house_.scratch();
  if (queue().holds() || scratch.paused != Paused::Nobody) return;
  const bool output = waiting() > scratch.mayHold;
  const PauseReason limit = output ? PauseReason::Output : desk_->asksMuch ? PauseReason::Bytes : PauseReason::Requests;
  const bool scarce = scratch.isScarce() && (limit != PauseReason::Requests || queue().size() < mostInFlight());
  router_.cells().add(Counter::ClientPauses, scarce ? PauseReason::Memory : limit, 1);
}

bool Client::held() const {
  if (desk_ == nullptr) return false;
  const ClientScratch& scratch = house_.scratch();
  const size_t inFlight = queue().size();
  const bool few = inFlight < kInFlightAmongOthers && inFlight < limits().clientRequestsInFlight &&
                   scratch.paused == Paused::Nobody;
  const size_t objects = scratch.isScarce() ? inFlight * sizeof(Exchange) : 0;
  return (!few && inFlight >= mostInFlight()) || queue().holds() || desk_->asksMuch || waiting() + objects > scratch.mayHold;
}

void Client::readOn() {
  const bool reads = stream_.reading() && (desk_ == nullptr || !desk_->readsAhead);
  if (phase_ != Phase::Open || reads || held()) return;
  // An end that is seen before what was sent ahead of it would come before its answers.
  if (router_.loop().fullNow()) return stream_.stopReading();
  if (desk_ != nullptr) desk_->readsAhead = false;
  if (desk_ != nullptr && !desk_->in.empty()) parseHeld();
  if (phase_ == Phase::Open && !held() && !stream_.reading()) stream_.startReading();
}

}  // namespace slotway
