// Calls of scripts and functions that a node lacks: what it says then, and how the call is made one that brings the script.
// Source: Redis 7.0 eval.c and function.c.
// Thread: any (pure).
#pragma once
#include <span>

#include "base/bytes.h"
#include "base/slice.h"
#include "command/command.h"

namespace slotway {

/// A whole reply: the node does not have the script that the call names; nothing has run.
bool lacksScript(Slice reply);
/// A whole reply: the node does not have the function that the call names; nothing has run.
bool lacksFunction(Slice reply);
/// A whole reply: the body is no script, so the node has not kept it; nothing has run.
bool isNoScript(Slice reply);

/// The body that a command of the roles RunsBody and LoadsBody brings, or the name that one of the others calls by.
Slice scriptOf(ScriptRole role, std::span<const Slice> args);
/// Whether a command of the role ForgetsBodies will be done; else the node says what is wrong with it.
bool willForget(std::span<const Slice> args);

/// Appends the call of role RunsSha as one of role RunsBody, with this body.
void writeWithBody(std::span<const Slice> args, Slice body, Bytes& out);

}  // namespace slotway
