#include "client/transaction.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "command/script_call.h"
#include "resp/request_parser.h"

namespace slotway {
namespace {

constexpr Slice kMulti = "*1\r\n$5\r\nMULTI\r\n";
constexpr Slice kExec = "*1\r\n$4\r\nEXEC\r\n";

}  // namespace

void Transaction::add(const Request& request, const Command& command, HashSlot slot, Way way, Reply reply) {
  queued_.push_back({&command, requests_.size(), request.wire.size(), slot, way});
  queuedWeight_.set(queued_.capacity() * sizeof(Queued));
  requests_.append(request.wire);
  if (way == Way::Apart || reply == Reply::Changed) ++special_;
  if (slot == kNoSlot) return;
  manySlots_ = manySlots_ || (slot_ != kNoSlot && slot_ != slot);
  if (slot_ == kNoSlot) slot_ = slot;
}

void Transaction::refuse() {
  *this = {};
  refused_ = true;
}

bool Transaction::bringScripts(Scripts& scripts) {
  const auto isScript = [](const Queued& queued) {
    const ScriptRole role = queued.command->script;
    return role == ScriptRole::RunsSha || role == ScriptRole::RunsBody || role == ScriptRole::LoadsBody;
  };
  if (std::ranges::none_of(queued_, isScript)) return false;
  std::set<std::pair<HashSlot, std::string>> brought;  // once for each part is enough
  Bytes requests;
  for (Queued& queued : queued_) {
    const size_t begin = requests.size();
    const Slice wire = wireOf(queued);
    const std::vector<Slice> args = isScript(queued) ? argsOf(wire) : std::vector<Slice>{};
    const ScriptRole role = queued.command->script;
    if (role == ScriptRole::RunsBody || role == ScriptRole::LoadsBody) scripts.learn(scriptOf(role, args));
    const Script* const script = role == ScriptRole::RunsSha ? scripts.find(scriptOf(role, args)) : nullptr;
    if (script != nullptr && brought.emplace(queued.slot, script->sha).second) {
      writeWithBody(args, script->body, requests);
    } else {
      requests.append(wire);
    }
    queued.begin = begin;
    queued.size = requests.size() - begin;
  }
  requests_ = std::move(requests);
  return !brought.empty();
}

std::vector<Transaction::Part> Transaction::parts() const {
  std::vector<Part> parts;
  for (size_t i = 0; i < queued_.size(); ++i) {
    if (queued_[i].way == Way::Apart) continue;
    const HashSlot slot = queued_[i].slot == kNoSlot ? slot_ : queued_[i].slot;
    auto part = std::ranges::find(parts, slot, &Part::slot);
    if (part == parts.end()) part = parts.insert(part, {slot, {}});
    part->commands.push_back(i);
  }
  return parts;
}

Bytes Transaction::wholeWire() const {
  Bytes wire(kMulti);
  wire.reserve(kMulti.size() + requests_.size() + kExec.size());
  wire.append(requests_.slice());
  wire.append(kExec);
  return wire;
}

Bytes Transaction::wireOf(const Part& part) const {
  Bytes wire(kMulti);
  for (const size_t place : part.commands) wire.append(wireOf(queued_[place]));
  wire.append(kExec);
  return wire;
}

}  // namespace slotway
