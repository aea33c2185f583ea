#include "client/renaming.h"

#include "keyspace/renamed_reply.h"
#include "resp/reply_reader.h"
#include "resp/writer.h"

namespace slotway {
namespace {

constexpr size_t kShaDigits = 40;
// Redis 7.0 says behind an error that a script has come to which one it was.
constexpr Slice kInScript = " script: ";

}  // namespace

Result<Request> Renaming::rename(const Request& request, const Command& command, const CommandTable& table, Scripts& scripts) {
  if (std::optional<std::string> trouble = request_.take(keyspace_, command, request)) return Error{std::move(*trouble)};
  if (command.script != ScriptRole::None) {
    if (table_.get() != &table) {
      table_ = table.shared_from_this();
      script_.emplace(keyspace_, table);
    }
    renameScripts(request, command.script, scripts);
  }
  return request_.request();
}

void Renaming::renameScripts(const Request& request, ScriptRole role, Scripts& scripts) {
  texts_.clear();
  switch (role) {
    case ScriptRole::RunsBody: texts_.push_back(bodyOf(request.args[1], scripts)); return request_.replace(1, texts_.back());
    case ScriptRole::LoadsBody: texts_.push_back(bodyOf(request.args[2], scripts)); return request_.replace(2, texts_.back());
    case ScriptRole::RunsSha: texts_.push_back(shaOf(request.args[1], scripts)); return request_.replace(1, texts_.back());
    case ScriptRole::AsksForShas:
      for (const Slice sha : request.args.subspan(2)) texts_.push_back(shaOf(sha, scripts));
      for (size_t i = 0; i < texts_.size(); ++i) request_.replace(i + 2, texts_[i]);
      return;
    default: return;
  }
}

std::string Renaming::bodyOf(Slice ownBody, Scripts& scripts) const {
  std::string body = script_->of(ownBody);
  scripts.learn(body, ownBody, keyspace_);
  return body;
}

// One that is not known here may be known to another worker, by its alias.
std::string Renaming::shaOf(Slice ownSha, Scripts& scripts) const {
  if (ownSha.size() != kShaDigits) return std::string(ownSha);  // of no script
  std::string alias = aliasOf(ownSha, keyspace_);
  const Script* const script = scripts.find(alias);
  return script == nullptr ? alias : script->sha;
}

void Renaming::renameScript(std::string& error, Scripts& scripts) {
  const size_t at = error.find(kInScript);
  if (at == std::string::npos) return;
  const Script* const script = scripts.find(Slice(error).substr(at + kInScript.size(), kShaDigits));
  if (script != nullptr && !script->ownSha.empty()) error.replace(at + kInScript.size(), kShaDigits, script->ownSha);
}

Slice Renaming::rename(InKeyspace kind, Slice reply, Scripts& scripts) {
  answer_.recycle();
  if (reply.starts_with('-')) {
    std::string error(reply);
    renameScript(error, scripts);
    if (!renameReply(keyspace_, kind, error, answer_)) answer_.append(error);
    return answer_.slice();
  }
  if (kind != InKeyspace::Digest) return renameReply(keyspace_, kind, reply, answer_) ? answer_.slice() : Slice();
  const Script* const script = scripts.find(resp::ReplyReader(reply).next().text);
  if (script == nullptr || script->ownSha.empty()) {
    resp::error(answer_, "ERR the script is larger than limits.script_bytes lets it be with keyspace.hash_tag");
  } else {
    resp::bulk(answer_, script->ownSha);
  }
  return answer_.slice();
}

}  // namespace slotway
