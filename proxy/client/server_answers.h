// What a server says of itself, for the cluster as a whole: INFO and ROLE.
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

void answerInfo(Ask& ask);
void answerRole(Ask& ask);

}  // namespace slotway
