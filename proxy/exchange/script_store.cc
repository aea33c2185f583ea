#include "exchange/script_store.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/sha1.h"

namespace slotway {
namespace {

constexpr size_t kShaDigits = 40;

}  // namespace

const Script* ScriptStore::find(Slice sha) {
  if (sha.size() != kShaDigits) return nullptr;
  std::array<char, kShaDigits> lowered;
  std::ranges::transform(sha, lowered.begin(), [](unsigned char digit) { return static_cast<char>(std::tolower(digit)); });
  const auto found = bySha_.find(Slice(lowered.data(), lowered.size()));
  if (found == bySha_.end()) return nullptr;
  use(found->second);
  return found->second->get();
}

SharedScript ScriptStore::learn(Slice body) {
  const auto known = byBody_.find(body);
  if (known != byBody_.end()) {
    use(known->second);
    return nullptr;
  }
  if (body.size() + kEntryBytes > mostBytes_) return nullptr;
  SharedScript script = std::make_shared<const Script>(Script{sha1Hex(body), std::string(body)});
  add(script);
  return script;
}

void ScriptStore::add(SharedScript script) {
  if (find(script->sha) != nullptr || sizeOf(*script) > mostBytes_) return;
  bytes_ += sizeOf(*script);
  scripts_.push_front(std::move(script));
  const Script& added = *scripts_.front();
  bySha_[added.sha] = scripts_.begin();
  byBody_[added.body] = scripts_.begin();
  while (bytes_ > mostBytes_) forget(std::prev(scripts_.end()));
}

void ScriptStore::drop(Slice sha) {
  if (find(sha) != nullptr) forget(scripts_.begin());
}

void ScriptStore::forget(Place place) {
  bytes_ -= sizeOf(**place);
  bySha_.erase((*place)->sha);
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
