// CLIENT PAUSE and its like, and MONITOR: what concerns clients of all workers, or a state that this proxy has none of.
// Source: Redis 7.0 networking.c (clientCommand), replication.c (monitorCommand).
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

void answerClientPause(Ask& ask);
void answerClientUnpause(Ask& ask);
void answerClientUnblock(Ask& ask);
void answerMonitor(Ask& ask);

}  // namespace slotway
