#include "client/secrets.h"

#include <algorithm>

#include "command/words.h"

namespace slotway {
namespace {

constexpr Slice kRedacted = "(redacted)";
constexpr Slice kPasswordWord = "auth";  // the command, and the option of HELLO
constexpr Slice kSecretSettings[] = {"requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"};

// Behind the command stands a password, or a user and a password; behind the option always both.
void hideBehindAuth(std::vector<Slice>& words) {
  size_t hidden = 0;
  for (Slice& word : words) {
    if (hidden > 0) {
      word = kRedacted;
      --hidden;
    } else if (sameWord(word, kPasswordWord)) {
      hidden = 2;
    }
  }
}

void hideSettings(std::vector<Slice>& words) {
  for (size_t at = 2; at + 1 < words.size(); at += 2) {
    const bool secret = std::ranges::any_of(kSecretSettings, [&](Slice name) { return sameWord(words[at], name); });
    if (secret) words[at + 1] = kRedacted;
  }
}

}  // namespace

std::vector<Slice> withoutSecrets(const Command& command, std::span<const Slice> args) {
  std::vector<Slice> words(args.begin(), args.end());
  if (command.has(CommandFlag::NoAuth)) hideBehindAuth(words);
  if (command.name == "config|set") hideSettings(words);
  return words;
}

}  // namespace slotway
