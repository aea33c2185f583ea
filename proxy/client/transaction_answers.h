// MULTI, EXEC, DISCARD, WATCH and UNWATCH, and what is queued between them.
// Source: Redis 7.0 multi.c; server.c, processCommand.
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

void answerMulti(Ask& ask);
void answerExec(Ask& ask);
void answerDiscard(Ask& ask);
void answerWatch(Ask& ask);
void answerUnwatch(Ask& ask);

/// MULTI has been called: the request is queued, or refused with EXEC to fail.
void queueForExec(Ask& ask, const Command& command);
/// A request that is no command, or has too few arguments, came instead. Where it is EXEC itself, `text` becomes its answer.
void spoilTransaction(Session& session, const Command* command, std::string& text);

}  // namespace slotway
