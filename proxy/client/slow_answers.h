// SLOWLOG and LATENCY: what took long at this proxy, over all workers.
// Source: Redis 7.0 slowlog.c (slowlogCommand), latency.c (latencyCommand).
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

void answerSlowGet(Ask& ask);
void answerSlowLength(Ask& ask);
void answerSlowReset(Ask& ask);
void answerLatencyLatest(Ask& ask);
void answerLatencyHistory(Ask& ask);
void answerLatencyReset(Ask& ask);

}  // namespace slotway
