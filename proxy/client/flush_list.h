// Which clients have answers to write, and when: at once (the events at hand are handled), or when the rest of their
// pipeline is answered, but at most a moment later.
// Owner: the house. Thread: the worker's.
#pragma once
#include "client/client.h"
#include "uv/timer.h"

namespace slotway {

class FlushList {
 public:
  /// So long do the first answers of a pipeline wait for the rest.
  static constexpr uint64_t kGatherMs = 2;

  explicit FlushList(Loop& loop, uint64_t gatherMs = kGatherMs);

  void add(Client& client) { due_.pushBack(client); }
  /// It is going away.
  void drop(Client& client);
  /// Nobody is due now.
  bool empty() const { return due_.empty(); }
  /// Those due write; whose pipeline is not answered may gather.
  void flush();

 private:
  void gatheredLongEnough();

  const uint64_t gatherMs_;
  IntrusiveList<Client, &Client::dueHook> due_;
  IntrusiveList<Client, &Client::gatherHook> gathering_;  ///< some of them may have written since
  Timer timer_;
};

}  // namespace slotway
