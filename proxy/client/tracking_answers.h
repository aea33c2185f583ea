// CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR.
// Source of texts and of what is compatible: Redis 7.0 networking.c (clientCommand), tracking.c.
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

void answerTracking(Ask& ask);
void answerCaching(Ask& ask);
void answerTrackingInfo(Ask& ask);
void answerGetRedir(Ask& ask);

}  // namespace slotway
