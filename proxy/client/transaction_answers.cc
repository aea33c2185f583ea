#include "client/transaction_answers.h"

#include <algorithm>

#include "client/transaction_course.h"
#include "client/watch_call.h"
#include "command/keys.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr Slice kAbort = "EXECABORT Transaction discarded because of previous errors.";

// A key as it can stand in a line.
std::string shown(Slice key) {
  constexpr size_t kShownBytes = 64;
  std::string text(key.substr(0, kShownBytes));
  std::ranges::replace_if(text, [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

std::string crossSlot(Slice key, Slice others) {
  return "CROSSSLOT Key '" + shown(key) + "' is in another hash slot than " + std::string(others) +
         "; give them one hash tag, as in {user1}:a and {user1}:b, or set keyspace.hash_tag for this listener";
}

struct Placing {
  HashSlot slot = kNoSlot;  ///< kNoSlot: wherever the others go
  Transaction::Way way = Transaction::Way::Within;
};

// What is wrong with it; empty: nothing, and `place` is where it has to go.
std::string placeOf(Ask& ask, const Command& command, Placing& place) {
  const std::string name = "'" + command.name + "'";
  if (command.has(CommandFlag::NoMulti)) return "ERR Command not allowed inside a transaction";
  Plan& scratch = ask.house().scratch().plan;
  if (command.name == "client|tracking" || command.name == "client|caching") {
    return "ERR " + name + " is not supported inside MULTI: it is to be known before what the transaction reads is sent";
  }
  if (command.lane == Lane::Local) {
    place.way = Transaction::Way::Apart;
    return "";
  }
  plan(ask.request, command, scratch);
  switch (scratch.target) {
    case Plan::Target::Slot:
    case Plan::Target::Private: place.slot = scratch.slot; return "";
    case Plan::Target::AnyMaster:
    case Plan::Target::Speaker:
      return "";
    case Plan::Target::FixedMaster:
      if (const Renaming* const renaming = ask.client.renaming()) place.slot = renaming->keyspace().slot();
      return "";
    case Plan::Target::Refused: return scratch.error;
    case Plan::Target::Split: break;
    case Plan::Target::BlockingSteps:
      if (command.across == Across::No) return "";
      break;
    case Plan::Target::Steps:
      if (command.across != Across::No) break;
      [[fallthrough]];
    default:
      if (command.has(CommandFlag::Write) || command.script == ScriptRole::ForgetsBodies) {
        return "ERR " + name + " is not supported inside MULTI: it changes several nodes, which no transaction spans";
      }
      place.way = Transaction::Way::Apart;
      return "";
  }
  place.slot = hashSlot(ask.args[scratch.keyPositions.front()]);
  for (const uint32_t position : scratch.keyPositions) {
    if (hashSlot(ask.args[position]) != place.slot) {
      return crossSlot(ask.args[position], "others of " + name + " inside MULTI");
    }
  }
  return "";
}

// The same of how it goes with those before it.
std::string fitOf(Ask& ask, const Command& command, HashSlot slot) {
  const TransactionState& state = *ask.session().transaction();
  const Transaction& open = *state.open;
  if (open.bytes() + ask.request.wire.size() > ask.settings().limits.requestBytes) {
    return "ERR the transaction is larger than limits.request_bytes";
  }
  if (slot == kNoSlot) return "";
  const uint32_t at = firstKey(command, ask.args);
  const Slice key = at == 0 ? Slice() : ask.args[at];
  if (state.watching != nullptr && state.watching->slot() != slot) return crossSlot(key, "what is watched");
  const bool split = ask.listener().crossSlotTransactions == CrossSlotTransactions::Split;
  if (split || open.slot() == kNoSlot || open.slot() == slot) return "";
  return crossSlot(key, "the transaction's keys before it") +
         ", or transactions.cross_slot to split (then each slot's part is atomic by itself)";
}

TransactionState& stateOf(Session& session) {
  auto& state = session.rare().transaction;
  if (state == nullptr) state = std::make_unique<TransactionState>();
  return *state;
}

// Behind the word that tells the nodes whether to remember what it reads, if there is one.
void beginTold(Ask& ask, Bytes&& wire, HashSlot slot, uint32_t preludes) {
  const Slice word = ask.session().tracking() == nullptr ? Slice() : ask.session().tracking()->word();
  if (word.empty()) return ask.exchange.beginWhole(std::move(wire), slot, preludes);
  Bytes told(word);
  told.append(wire.slice());
  ask.exchange.beginWhole(std::move(told), slot, preludes + 1);
}

bool isOpen(const Session& session) { return session.transaction() != nullptr && session.transaction()->open != nullptr; }

}  // namespace

void answerMulti(Ask& ask) {
  if (isOpen(ask.session())) return ask.error("ERR MULTI calls can not be nested");
  stateOf(ask.session()).open = std::make_unique<Transaction>();
  ask.ok();
}

void queueForExec(Ask& ask, const Command& command) {
  Transaction& open = *ask.session().transaction()->open;
  Placing place;
  std::string wrong = placeOf(ask, command, place);
  if (wrong.empty()) wrong = fitOf(ask, command, place.slot);
  if (!wrong.empty()) {
    open.refuse();
    ask.later = true;
    return ask.exchange.failWith(wrong.starts_with("CROSSSLOT") ? Failure::CrossSlot : Failure::Refused, wrong);
  }
  // An error of a script says which one it was.
  const bool names = command.inKeyspace != InKeyspace::Keys || command.script != ScriptRole::None;
  const bool renamed = ask.client.renaming() != nullptr && names;
  const auto reply = renamed || command.recount != Recount::None ? Transaction::Reply::Changed : Transaction::Reply::AsItIs;
  if (!open.refused()) open.add(ask.request, command, place.slot, place.way, reply);
  resp::simple(ask.out, "QUEUED");
}

void spoilTransaction(Session& session, const Command* command, std::string& text) {
  const bool isExec = command != nullptr && command->name == "exec";
  if (isOpen(session)) session.transaction()->open->refuse();
  if (!isExec) return;
  session.rare().transaction.reset();
  text = "EXECABORT Transaction discarded because of: " + text.substr(text.find(' ') + 1);
}

void answerExec(Ask& ask) {
  if (!isOpen(ask.session())) return ask.error("ERR EXEC without MULTI");
  const std::unique_ptr<TransactionState> state = std::move(ask.session().rare().transaction);
  if (state->open->refused()) return ask.error(kAbort);
  if (state->watching == nullptr && state->open->queued().empty()) return resp::arrayHeader(ask.out, 0);
  if (!ask.ready()) return;
  ask.later = true;
  if (ask.session().tracking() != nullptr) ask.session().tracking()->route(ask.exchange);
  if (state->open->bringScripts(ask.router().scripts())) ask.exchange.bringsScript();
  if (state->watching == nullptr && state->open->isOnePart()) {
    const size_t preludes = state->open->queued().size() + 1;
    return beginTold(ask, state->open->wholeWire(), state->open->slot(), static_cast<uint32_t>(preludes));
  }
  if (ask.session().tracking() != nullptr) ask.session().tracking()->miss(ask.exchange);
  Bytes nil;
  resp::nullArray(nil, ask.version());
  ask.exchange.begin(std::make_unique<TransactionCourse>(ask, std::move(state->open), std::move(state->watching), std::move(nil)),
                     Exchange::First::WhenAlone);
}

void answerDiscard(Ask& ask) {
  if (!isOpen(ask.session())) return ask.error("ERR DISCARD without MULTI");
  ask.session().rare().transaction.reset();
  ask.ok();
}

void answerWatch(Ask& ask) {
  if (isOpen(ask.session())) return ask.error("ERR WATCH inside MULTI is not allowed");
  const HashSlot slot = hashSlot(ask.args[1]);
  const TransactionState* const state = ask.session().transaction();
  const bool more = state != nullptr && state->watching != nullptr;
  for (const Slice key : ask.args.subspan(1)) {
    if (hashSlot(key) != slot) return ask.error(crossSlot(key, "others that are watched"));
    if (more && state->watching->slot() != slot) return ask.error(crossSlot(key, "what is watched"));
  }
  if (!ask.ready()) return;
  ask.later = true;
  ask.exchange.begin(std::make_unique<WatchCall>(stateOf(ask.session()), ask.request, slot), Exchange::First::WhenAlone);
}

void answerUnwatch(Ask& ask) {
  if (!isOpen(ask.session())) ask.session().rare().transaction.reset();
  ask.ok();
}

}  // namespace slotway
