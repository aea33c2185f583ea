#include "command/script_call.h"

#include <algorithm>
#include <string>
#include <vector>

#include "command/words.h"
#include "resp/writer.h"

namespace slotway {
namespace {

// The beginnings of all that Redis 7.0 says of a body that it cannot make a script of.
constexpr Slice kNotAScript[] = {
    "-ERR Error compiling script",
    "-ERR Invalid script shebang",
    "-ERR Unexpected engine in script shebang",
    "-ERR Unknown lua shebang option",
    "-ERR Unexpected flag in script shebang",
};

// EVALSHA is EVAL, and EVALSHA_RO is EVAL_RO, without this at its place.
constexpr size_t kShaAt = 4;
constexpr size_t kShaLetters = 3;

}  // namespace

bool lacksScript(Slice reply) { return reply == "-NOSCRIPT No matching script. Please use EVAL.\r\n"; }

bool lacksFunction(Slice reply) { return reply == "-ERR Function not found\r\n"; }

bool isNoScript(Slice reply) {
  return std::ranges::any_of(kNotAScript, [reply](Slice beginning) { return reply.starts_with(beginning); });
}

Slice scriptOf(ScriptRole role, std::span<const Slice> args) { return args[role == ScriptRole::LoadsBody ? 2 : 1]; }

bool willForget(std::span<const Slice> args) {
  return args.size() == 2 || (args.size() == 3 && (sameWord(args[2], "sync") || sameWord(args[2], "async")));
}

void writeWithBody(std::span<const Slice> args, Slice body, Bytes& out) {
  const std::string name = std::string(args[0]).erase(kShaAt, kShaLetters);
  std::vector<Slice> call(args.begin(), args.end());
  call[0] = name;
  call[1] = body;
  resp::request(out, call);
}

}  // namespace slotway
