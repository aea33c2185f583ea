#include "client/flush_list.h"

namespace slotway {

FlushList::FlushList(Loop& loop, uint64_t gatherMs)
    : gatherMs_(gatherMs), timer_(loop, [this] { gatheredLongEnough(); }) {}

void FlushList::drop(Client& client) {
  if (client.dueHook.linked()) due_.remove(client);
  if (client.gatherHook.linked()) gathering_.remove(client);
}

void FlushList::flush() {
  while (Client* client = due_.popFront()) {
    if (!client->gathers()) {
      client->flush();
    } else if (!client->gatherHook.linked()) {
      if (gathering_.empty()) timer_.start(gatherMs_);
      gathering_.pushBack(*client);
    }
  }
}

void FlushList::gatheredLongEnough() {
  while (Client* client = gathering_.popFront()) client->flush();
}

}  // namespace slotway
