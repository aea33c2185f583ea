// Word of changed keys between workers: a client that tracks may have them told to another one.
#include "worker/worker.h"

namespace slotway {

void Worker::tell(size_t worker, Invalidation invalidation) {
  invalidation.trackerWorker = index_;
  post_.toWorker(worker, Invalidated{std::move(invalidation)});
}

void Worker::read(Invalidated& letter) {
  const Invalidation& invalidation = letter.invalidation;
  if (Client* const client = clientNumbered(invalidation.clientId)) return client->hearInvalidated(invalidation.keys);
  post_.toWorker(invalidation.trackerWorker, RedirectBroken{invalidation.trackerId});
}

void Worker::read(RedirectBroken& letter) {
  if (Client* const client = clientNumbered(letter.trackerId)) client->redirectBroken();
}

}  // namespace slotway
