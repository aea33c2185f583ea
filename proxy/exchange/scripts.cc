#include "exchange/scripts.h"

#include "base/sha1.h"

namespace slotway {

void Scripts::post(ScriptsToControl&& letter) {
  if (post_) post_(std::move(letter));
}

void Scripts::tell(SharedScript script) {
  if (script != nullptr) post(ScriptNews{ScriptNews::Kind::Seen, generation_, std::move(script)});
}

void Scripts::learn(Slice body) { tell(store_.learn(body)); }

void Scripts::learn(Slice body, Slice ownBody, const Keyspace& keyspace) { tell(store_.learn(body, ownBody, keyspace)); }

void Scripts::drop(Slice body) {
  const std::string sha = sha1Hex(body);
  const Script* known = store_.find(sha);
  if (known == nullptr) return;
  store_.drop(sha);
  post(ScriptNews{ScriptNews::Kind::Useless, generation_, std::make_shared<const Script>(Script{sha, ""})});
}

uint64_t Scripts::wish(ScriptWish wish) {
  wish.ticket = ++lastTicket_;
  if (post_) {
    open_.insert(wish.ticket);
    post(std::move(wish));
  } else if (wish.kind == ScriptWish::Kind::ForgetAll) {
    store_.clear();
  }
  return lastTicket_;
}

void Scripts::freeFunctions() { post(ScriptWish{ScriptWish::Kind::FreeFunctions}); }

uint64_t Scripts::beginRepair() {
  ++repairs_[generation_];
  return generation_;
}

void Scripts::endRepair(uint64_t generation) {
  if (--repairs_[generation] > 0) return;
  repairs_.erase(generation);
  tellForgotten();
}

void Scripts::read(ScriptNews& letter) {
  if (letter.generation != generation_) return;
  if (letter.kind == ScriptNews::Kind::Seen) {
    store_.add(std::move(letter.script));
  } else {
    store_.drop(letter.script->sha);
  }
}

void Scripts::read(ForgetScripts& letter) {
  store_.clear();
  generation_ = letter.generation;
  untold_.insert(letter.generation);
  tellForgotten();
}

// Of a generation when nothing of those before it is on its way.
void Scripts::tellForgotten() {
  while (!untold_.empty() && (repairs_.empty() || repairs_.begin()->first >= *untold_.begin())) {
    post(ScriptsForgotten{*untold_.begin()});
    untold_.erase(untold_.begin());
  }
}

}  // namespace slotway
