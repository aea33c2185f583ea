#include "exchange/script_store.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/sha1.h"

namespace slotway {
namespace {

constexpr size_t kShaDigits = 40;

std::string lowered(Slice sha) {
  std::string digits(sha);
  std::ranges::transform(digits, digits.begin(), [](unsigned char digit) { return static_cast<char>(std::tolower(digit)); });
  return digits;
}

}  // namespace

std::string aliasOf(Slice ownSha, const Keyspace& keyspace) { return sha1Hex(std::string(keyspace.prefix()) + lowered(ownSha)); }

const Script* ScriptStore::find(Slice sha) {
  if (sha.size() != kShaDigits) return nullptr;
  const auto found = bySha_.find(lowered(sha));
  if (found == bySha_.end()) return nullptr;
  use(found->second);
  return found->second->get();
}

bool ScriptStore::isKnown(Slice body) {
  const auto known = byBody_.find(body);
  if (known != byBody_.end()) use(known->second);
  return known != byBody_.end();
}

SharedScript ScriptStore::keep(Script script) {
  if (sizeOf(script) > mostBytes_) return nullptr;
  SharedScript shared = std::make_shared<const Script>(std::move(script));
  add(shared);
  return shared;
}

SharedScript ScriptStore::learn(Slice body) {
  if (isKnown(body)) return nullptr;
  return keep({sha1Hex(body), std::string(body)});
}

SharedScript ScriptStore::learn(Slice body, Slice ownBody, const Keyspace& keyspace) {
  if (isKnown(body)) {
    if (!scripts_.front()->alias.empty()) return nullptr;
    forget(scripts_.begin());
  }
  const std::string ownSha = sha1Hex(ownBody);
  return keep({sha1Hex(body), std::string(body), ownSha, aliasOf(ownSha, keyspace)});
}

void ScriptStore::add(SharedScript script) {
  if (find(script->sha) != nullptr || sizeOf(*script) > mostBytes_) return;
  bytes_ += sizeOf(*script);
  scripts_.push_front(std::move(script));
  const Script& added = *scripts_.front();
  bySha_[added.sha] = scripts_.begin();
  byBody_[added.body] = scripts_.begin();
  if (!added.alias.empty()) bySha_[added.alias] = scripts_.begin();
  while (bytes_ > mostBytes_) forget(std::prev(scripts_.end()));
}

void ScriptStore::drop(Slice sha) {
  if (find(sha) != nullptr) forget(scripts_.begin());
}

void ScriptStore::forget(Place place) {
  bytes_ -= sizeOf(**place);
  bySha_.erase((*place)->sha);
  bySha_.erase((*place)->alias);
  byBody_.erase((*place)->body);
  scripts_.erase(place);
}

void ScriptStore::clear() {
  bySha_.clear();
  byBody_.clear();
  scripts_.clear();
  bytes_ = 0;
}

}  // namespace slotway
