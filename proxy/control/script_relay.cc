#include "control/script_relay.h"

namespace slotway {

void ScriptRelay::read(size_t worker, const ScriptNews& letter) {
  if (letter.generation != generation_) return;
  for (size_t other = 0; other < workers_; ++other) {
    if (other != worker) post_(other, letter);
  }
}

void ScriptRelay::read(size_t worker, const ScriptWish& letter) {
  switch (letter.kind) {
    case ScriptWish::Kind::HearAll: return post_(worker, WishGranted{letter.ticket});
    case ScriptWish::Kind::ForgetAll: return forgetAll(worker, letter.ticket);
    case ScriptWish::Kind::HoldFunctions: return courier_.hold({worker, letter.ticket});
    case ScriptWish::Kind::FreeFunctions: return courier_.free();
    case ScriptWish::Kind::BringFunction: return courier_.bring(letter.node, letter.function, {worker, letter.ticket});
  }
}

void ScriptRelay::forgetAll(size_t worker, uint64_t ticket) {
  forgetting_[++generation_] = {worker, ticket, workers_};
  for (size_t each = 0; each < workers_; ++each) post_(each, ForgetScripts{generation_});
}

void ScriptRelay::read(size_t, const ScriptsForgotten& letter) {
  const auto found = forgetting_.find(letter.generation);
  if (found == forgetting_.end() || --found->second.waiting > 0) return;
  post_(found->second.worker, WishGranted{found->second.ticket});
  forgetting_.erase(found);
}

}  // namespace slotway
