// CONFIG GET and CONFIG SET: the nodes' configuration, in which is put right what the proxy decides.
// Thread: the worker's.
#pragma once
#include "client/ask.h"

namespace slotway {

/// What one master says, since CONFIG SET goes to all; what is the proxy's, as the proxy has it.
void answerConfigGet(Ask& ask);
/// To all nodes; refused for what is the proxy's.
void answerConfigSet(Ask& ask);

}  // namespace slotway
